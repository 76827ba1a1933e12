import { describe, expect, test } from "vitest";
import { flagLines } from "./config/help.ts";
import { helpText, informationAsked, type ParsedConfig, parseConfig } from "./config.ts";

function configOf(argv: readonly string[], env: Record<string, string> = {}) {
  const parsed: ParsedConfig = parseConfig(argv, env);
  if (!parsed.ok) throw new Error(parsed.problems.join("\n"));
  return parsed.config;
}

function problemsOf(argv: readonly string[], env: Record<string, string> = {}): readonly string[] {
  const parsed = parseConfig(argv, env);
  return parsed.ok ? [] : parsed.problems;
}

test("the defaults are those of the design", () => {
  expect(configOf([])).toEqual({
    namespaces: [],
    leaderElect: true,
    alarmPollMs: 10_000,
    driftPollMs: 60_000,
    requireGrant: true,
    metrics: { port: 8080 },
    probes: { port: 8081 },
    logLevel: "info",
  });
});

test("every flag, in both forms", () => {
  const text =
    "--kubeconfig /etc/kube --namespaces=team-b,team-a,team-b --no-leader-elect " +
    "--leader-election-namespace operators --alarm-poll-interval=500ms --drift-poll-interval 1m30s " +
    "--require-grant=false --cluster-name prod-eu --aws-roles /etc/roles.yaml " +
    "--metrics-bind-address 127.0.0.1:0 --health-probe-bind-address=[::1]:9000 --log-level debug";
  expect(configOf(text.split(" "))).toEqual({
    kubeconfig: "/etc/kube",
    namespaces: ["team-b", "team-a"],
    leaderElect: false,
    leaderElectionNamespace: "operators",
    alarmPollMs: 500,
    driftPollMs: 90_000,
    requireGrant: false,
    clusterName: "prod-eu",
    awsRoles: "/etc/roles.yaml",
    metrics: { host: "127.0.0.1", port: 0 },
    probes: { host: "::1", port: 9000 },
    logLevel: "debug",
  });
});

test("roles need the cluster's name", () => {
  expect(problemsOf(["--aws-roles", "/etc/roles.yaml"])).toEqual([
    "--aws-roles needs --cluster-name: the external id of a role is CLUSTER/NAMESPACE, so that two clusters never share one",
  ]);
});

describe("variables", () => {
  test("stand for flags, and a flag wins", () => {
    const env = { MODELROLLOUT_LOG_LEVEL: "error", MODELROLLOUT_LEADER_ELECT: "false" };
    expect(configOf([], env)).toMatchObject({ logLevel: "error", leaderElect: false });
    expect(configOf(["--log-level", "warn", "--leader-elect"], env)).toMatchObject({
      logLevel: "warn",
      leaderElect: true,
    });
  });

  test("that are empty, or Kubernetes' own for a Service of that name, change nothing", () => {
    const env = { MODELROLLOUT_NAMESPACES: "", MODELROLLOUT_PORT: "tcp://10.0.0.1:8080" };
    expect(configOf([], env)).toEqual(configOf([]));
  });

  test("that are wrong are named as they were written", () => {
    expect(problemsOf([], { MODELROLLOUT_ALARM_POLL_INTERVAL: "10" })).toEqual([
      'MODELROLLOUT_ALARM_POLL_INTERVAL must be a duration from 100ms to 5m, such as 10s or 1m30s; it is "10"',
    ]);
  });
});

describe("booleans", () => {
  test.each([
    [["--leader-elect"], true],
    [["--leader-elect=true"], true],
    [["--leader-elect=false"], false],
    [["--no-leader-elect"], false],
    [["--no-leader-elect", "--leader-elect"], true],
  ])("%j", (argv, expected) => {
    expect(configOf(argv).leaderElect).toBe(expected);
  });

  test("a switch does not swallow what follows it", () => {
    expect(problemsOf(["--leader-elect", "false"])).toEqual([
      'unexpected argument "false": flags begin with --; see --help',
    ]);
  });
});

test("bind addresses: 0 switches one off", () => {
  const config = configOf(["--metrics-bind-address=0", "--health-probe-bind-address", "0"]);
  expect(config).not.toHaveProperty("metrics");
  expect(config).not.toHaveProperty("probes");
});

test.each([
  [["--metrics-bind-address", "8080"], "for port 8080 write :8080"],
  [["--metrics-bind-address", ":99999"], "a port up to 65535"],
  [["--metrics-bind-address", "::1:80"], "must be host:port"],
  [["--namespaces", "*"], "leave it out to watch them all"],
  [["--namespaces", "a,,b"], "separated by commas"],
  [["--namespaces", "Team_A"], "separated by commas"],
  [["--leader-election-namespace", "-x"], "must be the name of a namespace"],
  [["--alarm-poll-interval", "0s"], "from 100ms to 5m"],
  [["--alarm-poll-interval", "6m"], "from 100ms to 5m"],
  [["--drift-poll-interval", "2h"], "from 100ms to 1h"],
  [["--cluster-name", "prod/eu"], "such as prod-eu"],
  [["--require-grant=no"], "must be true or false"],
  [["--log-level", "warning"], "one of trace, debug, info, warn, error"],
  [["--leader-elect=yes"], "must be true or false"],
  [["--no-leader-elect=false"], "--no-leader-elect takes no value: write --no-leader-elect"],
  [["--namespaces="], "leave it out to watch them all"],
  [["--kubeconfig="], "must be the path of a file"],
  [["--kubeconfig"], "--kubeconfig needs a value: --kubeconfig FILE"],
  [["--kubeconfig", "--log-level=info"], "--kubeconfig needs a value"],
  [["--metric-bind-adress", ":1"], "did you mean --metrics-bind-address?"],
  [["--nonsense-of-some-length"], "see --help"],
  [["-log-level=debug"], "did you mean --log-level?"],
  [["--version=1"], "--version takes no value"],
  [["--metrics-bind-address=:8081"], "both ask for port 8081"],
  [["--metrics-bind-address=127.0.0.1:8081"], "both ask for port 8081"],
] as const)("%j is refused, saying what to write", (argv, part) => {
  expect(problemsOf(argv).join("\n")).toContain(part);
});

test("all problems are told at once", () => {
  const argv = ["--log-levl", "debug", "--namespaces", "A", "--leader-elect=1"];
  expect(problemsOf(argv, { MODELROLLOUT_DRIFT_POLL_INTERVAL: "soon" })).toHaveLength(5);
});

test("different hosts may share a port number, and port 0 is never the same", () => {
  configOf(["--metrics-bind-address=127.0.0.1:9000", "--health-probe-bind-address=127.0.0.2:9000"]);
  configOf(["--metrics-bind-address=:0", "--health-probe-bind-address=:0"]);
});

test("the config is frozen all the way down", () => {
  const config = configOf(["--namespaces=a"]);
  for (const part of [config, config.namespaces, config.metrics, config.probes]) {
    expect(Object.isFrozen(part)).toBe(true);
  }
});

test("--help and --version are asked for, whatever else is wrong", () => {
  expect(informationAsked(["--nonsense", "--version"])).toBe("version");
  expect(informationAsked(["--version", "-h"])).toBe("help");
  expect(informationAsked(["--log-level", "info"])).toBeUndefined();
  expect(problemsOf(["--help", "--version"])).toEqual([]);
});

test("--help names every flag, its default and its variable's rule", () => {
  const text = helpText();
  for (const { usage, help } of flagLines()) expect(text).toContain(`${usage}\n      ${help}`);
  expect(text).toContain("(default 10s)");
});
