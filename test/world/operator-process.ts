import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { eventually } from "../control-plane/eventually.ts";
import { freePort } from "../control-plane/ports.ts";
import type { GroupProcess, ProcessGroup } from "../control-plane/process-group.ts";
import { operatorNamespace } from "./operator-account.ts";

/** How to run the operator. */
export type OperatorOptions = {
  /** Beside the short intervals that tests use; `false` takes a default away. Without the dashes. */
  readonly flags?: Readonly<Record<string, string | false>>;
  /** Beside what the process needs and the AWS settings; `undefined` takes a variable away. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Default: that of the operator's own account, with the rights of deploy/base/rbac.yaml. */
  readonly kubeconfig?: string;
  /** `source` (default) runs src/main.ts, `bundle` dist/main.mjs, which `npm run build` has made. */
  readonly from?: "source" | "bundle";
  /** Another program than these two: another version of the operator. */
  readonly main?: string;
};

/** One line of the operator's log. */
export type LogLine = {
  readonly level: string | number;
  readonly msg?: string;
  readonly [field: string]: unknown;
};

/** The operator as a process of its own. */
export type OperatorProcess = {
  readonly pid: number;
  /** `http://127.0.0.1:PORT` of /healthz and /readyz. */
  readonly probesUrl: string;
  /** The same of /metrics. */
  readonly metricsUrl: string;
  /** Settles when it has ended: `exit code 0`, or the name of the signal that killed it. */
  readonly ended: Promise<string>;
  hasEnded(): boolean;
  /** What it has written so far; lines that are no JSON come as `{level: "raw", msg}`. */
  logs(): readonly LogLine[];
  /** Resolves with the first line, old or new, that satisfies the condition. */
  waitForLog(what: string, condition: (line: LogLine) => boolean, withinMs?: number): Promise<LogLine>;
  /** Resolves when it leads, or when it has ended, which is an error. */
  waitReady(withinMs?: number): Promise<void>;
  signal(signal: NodeJS.Signals): void;
  /** Sends the signal (default SIGKILL) and resolves when the process is gone, as `ended`. */
  kill(signal?: NodeJS.Signals): Promise<string>;
};

/** What of the world the operator is told of. */
export type OperatorSurroundings = {
  readonly group: ProcessGroup;
  /** Of the process group: its logs are there. */
  readonly folder: string;
  readonly kubeconfig: string;
  readonly namespaces: readonly string[];
  readonly awsEndpoint: string;
  readonly awsAccount: string;
  readonly awsRegion: string;
};

const mainFiles = { source: "../../src/main.ts", bundle: "../../dist/main.mjs" };

let started = 0;

/** Starts the operator against the world; see `waitReady`. It ends with the process group, at the latest. */
export async function startOperator(
  surroundings: OperatorSurroundings,
  options: OperatorOptions = {},
): Promise<OperatorProcess> {
  const [probes, metrics] = [await freePort(), await freePort()];
  const flags: Record<string, string | false> = {
    kubeconfig: options.kubeconfig ?? surroundings.kubeconfig,
    namespaces: surroundings.namespaces.join(","),
    // Several worlds may share a control plane, and nobody is to wait for a dead leader's Lease to run out.
    "leader-elect": "false",
    "leader-election-namespace": operatorNamespace,
    "alarm-poll-interval": "1s",
    "drift-poll-interval": "2s",
    "health-probe-bind-address": `127.0.0.1:${probes}`,
    "metrics-bind-address": `127.0.0.1:${metrics}`,
    "log-level": "debug",
    ...options.flags,
  };
  const args = Object.entries(flags).flatMap(([name, value]) =>
    value === false ? [] : [`--${name}=${value}`],
  );
  const main = options.main ?? fileURLToPath(new URL(mainFiles[options.from ?? "source"], import.meta.url));
  const name = `operator-${++started}`;
  const env = environment(surroundings, options.env ?? {});
  const process_ = surroundings.group.start(name, process.execPath, [main, ...args], env);
  return view(process_, join(surroundings.folder, `${name}.log`), {
    probesUrl: `http://127.0.0.1:${probes}`,
    metricsUrl: `http://127.0.0.1:${metrics}`,
  });
}

/** Nothing of this process's own AWS settings may reach the operator. */
function environment(
  { awsEndpoint, awsAccount, awsRegion }: OperatorSurroundings,
  changes: Readonly<Record<string, string | undefined>>,
): NodeJS.ProcessEnv {
  const inherited = Object.entries(process.env).filter(
    ([name]) => !name.startsWith("AWS_") && !name.startsWith("MODELROLLOUT_") && name !== "NODE_OPTIONS",
  );
  return {
    ...Object.fromEntries(inherited),
    AWS_ENDPOINT_URL: awsEndpoint,
    AWS_REGION: awsRegion,
    AWS_ACCESS_KEY_ID: awsAccount,
    AWS_SECRET_ACCESS_KEY: "simulated",
    AWS_EC2_METADATA_DISABLED: "true",
    AWS_CONFIG_FILE: "/dev/null",
    AWS_SHARED_CREDENTIALS_FILE: "/dev/null",
    ...changes,
  };
}

function view(
  process_: GroupProcess,
  logFile: string,
  urls: Pick<OperatorProcess, "probesUrl" | "metricsUrl">,
): OperatorProcess {
  const logs = (): readonly LogLine[] => (existsSync(logFile) ? linesOf(readFileSync(logFile, "utf8")) : []);
  const waitForLog: OperatorProcess["waitForLog"] = async (what, condition, withinMs = 20_000) => {
    let found: LogLine | undefined;
    const looked = (): boolean => {
      found = logs().find(condition);
      return found !== undefined || process_.hasEnded();
    };
    await eventually(`the operator's log says: ${what}`, looked, { withinMs });
    if (found === undefined)
      throw new Error(`the operator has ended: ${await process_.ended}\n${process_.logTail()}`);
    return found;
  };
  return {
    ...urls,
    pid: process_.pid,
    ended: process_.ended,
    hasEnded: () => process_.hasEnded(),
    logs,
    waitForLog,
    waitReady: async (withinMs = 20_000) => {
      await waitForLog("leading", ({ msg }) => msg === "leading", withinMs);
    },
    signal: (signal) => process_.signal(signal),
    kill: (signal = "SIGKILL") => {
      process_.signal(signal);
      return process_.ended;
    },
  };
}

function linesOf(text: string): readonly LogLine[] {
  const complete = text.slice(0, text.lastIndexOf("\n") + 1);
  return complete
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => {
      try {
        return JSON.parse(line) as LogLine;
      } catch {
        return { level: "raw", msg: line };
      }
    });
}
