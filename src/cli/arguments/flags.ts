import { type Read, readDuration, readNamespace, readPath } from "../../config/read.ts";

/** One flag of the plugin: how it is written, what it means, and how its text becomes a value. */
export interface CliFlag<T> {
  /** Without the dashes. */
  readonly name: string;
  readonly short?: string;
  /** What stands for the value in the help; absent for a switch. */
  readonly placeholder?: string;
  readonly help: string;
  readonly read: (text: string) => Read<T>;
}

const flag = <T>(entry: CliFlag<T>): CliFlag<T> => entry;
const readSwitch = (text: string): Read<boolean> =>
  text === "true" || text === "false"
    ? { ok: true, value: text === "true" }
    : { ok: false, instead: "must be true or false" };

export type OutputFormat = "text" | "json";

function readOutput(text: string): Read<OutputFormat> {
  return text === "text" || text === "json"
    ? { ok: true, value: text }
    : { ok: false, instead: "must be text or json" };
}

function readName(text: string): Read<string> {
  return text === "" ? { ok: false, instead: "must not be empty" } : { ok: true, value: text };
}

function readCount(text: string): Read<number> {
  const count = Number(text);
  const fits = /^\d{1,5}$/.test(text) && count >= 1 && count <= 10_000;
  return fits ? { ok: true, value: count } : { ok: false, instead: "must be a whole number from 1 to 10000" };
}

const fromNothing = { ms: 0, text: "0s" };
const month = { ms: 2_592_000_000, text: "720h" };

/** Every flag; which command takes which stands in commands.ts. Names and letters are kubectl's own where it has one. */
export const cliFlags = {
  namespace: flag({
    name: "namespace",
    short: "n",
    placeholder: "NAME",
    help: "Namespace of the ModelRollout. Without it: that of the kubeconfig's context.",
    read: readNamespace,
  }),
  context: flag({
    name: "context",
    placeholder: "NAME",
    help: "Context of the kubeconfig. Without it: the current one.",
    read: readName,
  }),
  kubeconfig: flag({
    name: "kubeconfig",
    placeholder: "FILE",
    help: "Kubeconfig. Without it: $KUBECONFIG, then ~/.kube/config, then the pod's service account.",
    read: readPath,
  }),
  output: flag({
    name: "output",
    short: "o",
    placeholder: "FORMAT",
    help: "text (the default) or json.",
    read: readOutput,
  }),
  watch: flag({
    name: "watch",
    short: "w",
    help: "Go on showing every change until Ctrl-C.",
    read: readSwitch,
  }),
  wait: flag({
    name: "wait",
    help: "Show changes until the release is through (exit 0), or was taken back or is blocked (exit 5).",
    read: readSwitch,
  }),
  timeout: flag({
    name: "timeout",
    placeholder: "DURATION",
    help: "With --wait: give up after this long (exit 6).",
    read: readDuration({ ms: 1, text: "1ms" }, month),
  }),
  server: flag({
    name: "server",
    help: "Ask the cluster too: nothing is changed, but its own validation, policies and the live object count.",
    read: readSwitch,
  }),
  strict: flag({
    name: "strict",
    help: "Warnings count as errors (exit 4).",
    read: readSwitch,
  }),
  alarmWindow: flag({
    name: "alarm-window",
    placeholder: "DURATION",
    help: "Period x EvaluationPeriods of your slowest alarm: holds shorter than this and 2 minutes get a warning.",
    read: readDuration({ ms: 1, text: "1ms" }, month),
  }),
  podStart: flag({
    name: "pod-start",
    placeholder: "DURATION",
    help: "How long a new pod is assumed to take until it serves. Default 1m.",
    read: readDuration(fromNothing, month),
  }),
  replicas: flag({
    name: "replicas",
    placeholder: "N",
    help: "Size that a Deployment named by workloadRef is assumed to have. Default 10; with --server its own.",
    read: readCount,
  }),
} as const;

export type CliFlagKey = keyof typeof cliFlags;
export type CliFlagValue<K extends CliFlagKey> = (typeof cliFlags)[K] extends CliFlag<infer T> ? T : never;
/** The flags that were given, read. A switch that was not given is absent. */
export type GivenFlags = { readonly [K in CliFlagKey]?: CliFlagValue<K> };
