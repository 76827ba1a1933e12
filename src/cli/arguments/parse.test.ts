import { describe, expect, test } from "vitest";
import { commandNames, commands } from "./commands.ts";
import { cliFlags } from "./flags.ts";
import { commandHelp, overview } from "./help.ts";
import { parseInvocation } from "./parse.ts";

const parse = (line: string) => parseInvocation(line.split(" ").filter((word) => word !== ""));

describe("read", () => {
  test.each([
    ["status sentiment", { command: "status", argument: "sentiment", flags: {} }],
    [
      "status -n prod sentiment -wo json",
      { command: "status", argument: "sentiment", flags: { namespace: "prod", watch: true, output: "json" } },
    ],
    [
      "status --wait --timeout=1h30m mro/sentiment --context eks",
      {
        command: "status",
        argument: "sentiment",
        flags: { wait: true, timeout: 5_400_000, context: "eks" },
      },
    ],
    ["abort modelrollout/x", { command: "abort", argument: "x", flags: {} }],
    ["retry modelrollouts.modelrollout.dev/x", { command: "retry", argument: "x", flags: {} }],
    ["lint -", { command: "lint", argument: "-", flags: {} }],
    [
      "plan ./mro/x.yaml --pod-start 0s",
      { command: "plan", argument: "./mro/x.yaml", flags: { podStart: 0 } },
    ],
    ["status -- -odd", { command: "status", argument: "-odd", flags: {} }],
  ])("%s", (line, expected) => {
    expect(parse(line)).toEqual({ kind: "run", ...expected });
  });

  test.each([
    ["", { kind: "help" }],
    ["help", { kind: "help" }],
    ["help approve", { kind: "help", command: "approve" }],
    ["approve -h", { kind: "help", command: "approve" }],
    ["--version", { kind: "version" }],
    ["version", { kind: "version" }],
  ])("%s", (line, expected) => {
    expect(parse(line)).toEqual(expected);
  });
});

describe("refused, with what to write instead", () => {
  test.each([
    ["statsu x", ['unknown command "statsu": did you mean status?']],
    ["frobnicate x", ['unknown command "frobnicate": see --help for those there are']],
    ["-n prod", ["a command is missing, such as status; flags go behind it"]],
    ["status", ["status needs a NAME: kubectl modelrollout status NAME (kubectl get mro lists the names)"]],
    ["lint", ["lint needs a FILE: kubectl modelrollout lint FILE (- is standard input)"]],
    ["status a b", ["status takes one NAME, not also b"]],
    [
      "status x --namespce prod",
      ["unknown flag --namespce: did you mean --namespace?", "status takes one NAME, not also prod"],
    ],
    ["status x -z", ["unknown flag -z: see status --help"]],
    ["approve x --watch", ["approve has no flag --watch: see approve --help"]],
    ["status x -o yaml", ['--output must be text or json; it is "yaml"']],
    ["status x -n", ["--namespace needs a value: --namespace NAME"]],
    ["status x --context -w", ["--context needs a value: --context NAME"]],
    ["status x -n Prod", ['--namespace must be the name of a namespace, such as team-a; it is "Prod"']],
    ["status x --timeout 1h", ["--timeout goes with --wait only"]],
    [
      "status x --wait --timeout soon",
      ['--timeout must be a duration from 1ms to 720h, such as 10s or 1m30s; it is "soon"'],
    ],
    [
      "status -n prod --frob",
      [
        "unknown flag --frob: see status --help",
        "status needs a NAME: kubectl modelrollout status NAME (kubectl get mro lists the names)",
      ],
    ],
  ])("%s", (line, problems) => {
    expect(parse(line)).toMatchObject({ kind: "wrong", problems });
  });
});

describe("help", () => {
  test("names every command, and every exit code", () => {
    const text = overview();
    for (const name of commandNames) expect(text).toContain(`  ${name} ${commands[name].takes}`);
    expect(text).toContain("    5  `status`: the release was taken back, or is blocked.");
  });

  test.each(commandNames)("of %s names its flags and no others", (name) => {
    const usage = commandHelp(name)
      .split("\n")
      .filter((line) => /^  (-|    --)/.test(line));
    const own: readonly string[] = commands[name].flags;
    const named = Object.entries(cliFlags).filter(([, flag]) =>
      usage.some((line) => new RegExp(`--${flag.name}( |$)`).test(line)),
    );
    expect(named.map(([key]) => key).sort()).toEqual([...own].sort());
    expect(commandHelp(name)).toContain(
      `Usage: kubectl modelrollout ${name} ${commands[name].takes} [FLAGS]`,
    );
  });

  test("fits a terminal of 120 columns", () => {
    const lines = [overview(), ...commandNames.map(commandHelp)].join("\n").split("\n");
    expect(lines.filter((line) => line.length > 120)).toEqual([]);
  });
});
