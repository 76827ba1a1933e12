import {
  type Read,
  readBindAddress,
  readBoolean,
  readClusterName,
  readDuration,
  readLogLevel,
  readNamespace,
  readNamespaces,
  readPath,
} from "./read.ts";

/** One flag: how it is written, what it means, and how its text becomes a value. */
export interface Flag<T> {
  /** Without the dashes. */
  readonly name: string;
  /** What stands for the value in `--help`; absent for a switch (`--x`, `--x=false`, `--no-x`). */
  readonly placeholder?: string;
  /** As somebody would write it; absent: the flag may be left out, and then nothing is set. */
  readonly default?: string;
  /** One sentence. */
  readonly help: string;
  readonly read: (text: string) => Read<T>;
}

const flag = <T>(entry: Flag<T>): Flag<T> => entry;

/** Every flag of the operator: parsing, `--help` and docs/reference/flags.md come from this table. */
export const flags = {
  kubeconfig: flag({
    name: "kubeconfig",
    placeholder: "FILE",
    help: "Kubeconfig to use. Without it: the pod's service account, then $KUBECONFIG, then ~/.kube/config.",
    read: readPath,
  }),
  namespaces: flag({
    name: "namespaces",
    placeholder: "A,B",
    help: "Namespaces to watch, separated by commas. Without it: all of them.",
    read: readNamespaces,
  }),
  leaderElect: flag({
    name: "leader-elect",
    default: "true",
    help: "Act only while holding the Lease modelrollout, so that of several replicas one is at work.",
    read: readBoolean,
  }),
  leaderElectionNamespace: flag({
    name: "leader-election-namespace",
    placeholder: "NAME",
    help: "Namespace of the Lease. Without it: the pod's own, outside a cluster that of the kubeconfig's context.",
    read: readNamespace,
  }),
  alarmPollMs: flag({
    name: "alarm-poll-interval",
    placeholder: "DURATION",
    default: "10s",
    help: "How often alarms and the weights of running releases are read.",
    read: readDuration({ ms: 100, text: "100ms" }, { ms: 300_000, text: "5m" }),
  }),
  driftPollMs: flag({
    name: "drift-poll-interval",
    placeholder: "DURATION",
    default: "60s",
    help: "How often the weights of idle rollouts are read, to see what others have changed.",
    read: readDuration({ ms: 100, text: "100ms" }, { ms: 3_600_000, text: "1h" }),
  }),
  requireGrant: flag({
    name: "require-grant",
    default: "true",
    help: "Move weights only where the tag modelrollout.dev/namespaces lists the rollout's namespace.",
    read: readBoolean,
  }),
  clusterName: flag({
    name: "cluster-name",
    placeholder: "NAME",
    help: "This cluster's name in such tags (CLUSTER/NAMESPACE). Without it entries with a cluster mean nothing.",
    read: readClusterName,
  }),
  awsRoles: flag({
    name: "aws-roles",
    placeholder: "FILE",
    help: "Roles for namespaces whose traffic is in other accounts, or that must not share one; needs --cluster-name.",
    read: readPath,
  }),
  metrics: flag({
    name: "metrics-bind-address",
    placeholder: "ADDRESS",
    default: ":8080",
    help: "Where /metrics is served: host:port, :port, or 0 for nowhere.",
    read: readBindAddress,
  }),
  probes: flag({
    name: "health-probe-bind-address",
    placeholder: "ADDRESS",
    default: ":8081",
    help: "Where /healthz and /readyz are served: host:port, :port, or 0 for nowhere.",
    read: readBindAddress,
  }),
  logLevel: flag({
    name: "log-level",
    placeholder: "LEVEL",
    default: "info",
    help: "trace, debug, info, warn or error. Logs are JSON lines on stdout.",
    read: readLogLevel,
  }),
} as const;

export type FlagKey = keyof typeof flags;
/** The value that a flag's text becomes. */
export type FlagValue<K extends FlagKey> = (typeof flags)[K] extends Flag<infer T> ? T : never;

/** Flags that print something and end the process; they have no variable. */
export const informationFlags = {
  version: { name: "version", help: "Print the version and exit." },
  help: { name: "help", help: "Print this text and exit." },
} as const;

/** `MODELROLLOUT_` and the flag in capitals with `_`. */
export function variableOf(name: string): string {
  return `MODELROLLOUT_${name.toUpperCase().replaceAll("-", "_")}`;
}
