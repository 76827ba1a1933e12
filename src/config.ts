import { type Given, readArguments, readVariables } from "./config/arguments.ts";
import { type FlagKey, type FlagValue, flags } from "./config/flags.ts";
import type { BindAddress, LogLevel, Read } from "./config/read.ts";

export { helpText } from "./config/help.ts";
export type { BindAddress, LogLevel } from "./config/read.ts";

/** The settings of the process, frozen. Durations are milliseconds. */
export interface Config {
  readonly kubeconfig?: string;
  /** Empty: all. */
  readonly namespaces: readonly string[];
  readonly leaderElect: boolean;
  readonly leaderElectionNamespace?: string;
  readonly alarmPollMs: number;
  readonly driftPollMs: number;
  readonly requireGrant: boolean;
  readonly clusterName?: string;
  /** Path of the file; src/config/roles-file.ts reads it. */
  readonly awsRoles?: string;
  /** Absent: /metrics is not served. */
  readonly metrics?: BindAddress;
  /** Absent: /healthz and /readyz are not served. */
  readonly probes?: BindAddress;
  readonly logLevel: LogLevel;
}

export type ParsedConfig =
  | { readonly ok: true; readonly config: Config }
  /** Whole sentences for a person: what is wrong, and what to write instead. */
  | { readonly ok: false; readonly problems: readonly string[] };

/** Whether the command line asks for a text instead of the operator; `--help` wins. */
export function informationAsked(argv: readonly string[]): "help" | "version" | undefined {
  if (argv.includes("--help") || argv.includes("-h")) return "help";
  return argv.includes("--version") ? "version" : undefined;
}

/**
 * Flags (without the program's name) and variables as one frozen Config, or everything that is wrong with them at
 * once. A flag wins over its variable. Pure: whether a file or a namespace exists is found out by those who use it.
 */
export function parseConfig(
  argv: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): ParsedConfig {
  const { given, problems } = readArguments(argv);
  const values = new Values(given, readVariables(env));
  const metrics = values.get("metrics");
  const probes = values.get("probes");
  const config: Config = {
    ...present("kubeconfig", values.get("kubeconfig")),
    namespaces: Object.freeze(values.get("namespaces") ?? []),
    leaderElect: values.get("leaderElect") ?? true,
    ...present("leaderElectionNamespace", values.get("leaderElectionNamespace")),
    alarmPollMs: values.get("alarmPollMs") ?? 0,
    driftPollMs: values.get("driftPollMs") ?? 0,
    requireGrant: values.get("requireGrant") ?? true,
    ...present("clusterName", values.get("clusterName")),
    ...present("awsRoles", values.get("awsRoles")),
    ...present("metrics", listening(metrics)),
    ...present("probes", listening(probes)),
    logLevel: values.get("logLevel") ?? "info",
  };
  const all = [...problems, ...values.problems, ...clash(config), ...nameless(config)];
  return all.length > 0 ? { ok: false, problems: all } : { ok: true, config: Object.freeze(config) };
}

/** Reads each flag's text once and keeps what was wrong. */
class Values {
  readonly problems: string[] = [];
  readonly #argv: ReadonlyMap<FlagKey, Given>;
  readonly #env: ReadonlyMap<FlagKey, Given>;

  constructor(argv: ReadonlyMap<FlagKey, Given>, env: ReadonlyMap<FlagKey, Given>) {
    this.#argv = argv;
    this.#env = env;
  }

  /** Undefined: not given and without a default, or not readable (the problem is noted). */
  get<K extends FlagKey>(key: K): FlagValue<K> | undefined {
    const flag = flags[key];
    const text = "default" in flag ? flag.default : undefined;
    const given =
      this.#argv.get(key) ??
      this.#env.get(key) ??
      (text === undefined ? undefined : { text, written: flag.name });
    if (given === undefined) return undefined;
    // TypeScript does not see that the entry and the value belong to the same key.
    const read = flag.read(given.text) as Read<FlagValue<K>>;
    if (read.ok) return read.value;
    this.problems.push(`${given.written} ${read.instead}; it is ${JSON.stringify(given.text)}`);
    return undefined;
  }
}

function listening(address: BindAddress | "off" | undefined): BindAddress | undefined {
  return address === "off" || address === undefined ? undefined : Object.freeze(address);
}

/** Two servers cannot have one port, unless each has an address of its own. */
function clash({ metrics, probes }: Config): readonly string[] {
  if (metrics === undefined || probes === undefined) return [];
  const same = metrics.port === probes.port && metrics.port !== 0;
  if (!same || (metrics.host !== probes.host && metrics.host !== undefined && probes.host !== undefined))
    return [];
  const { metrics: first, probes: second } = flags;
  return [`--${first.name} and --${second.name} both ask for port ${metrics.port}: give them different ones`];
}

/** The external id of a namespace's role begins with the cluster's name. */
function nameless({ awsRoles, clusterName }: Config): readonly string[] {
  if (awsRoles === undefined || clusterName !== undefined) return [];
  const { awsRoles: roles, clusterName: name } = flags;
  return [
    `--${roles.name} needs --${name.name}: the external id of a role is CLUSTER/NAMESPACE, so that two clusters never share one`,
  ];
}

function present<K extends string, T>(key: K, value: T | undefined): { readonly [P in K]?: T } {
  // An absent key, not an undefined value: `Config` tells the two apart.
  return value === undefined ? {} : ({ [key]: value } as { readonly [P in K]: T });
}
