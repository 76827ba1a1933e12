import { parseArgs } from "node:util";
import { nearest } from "../../config/nearest.ts";
import { type CommandEntry, type CommandName, commandNames, commands } from "./commands.ts";
import { type CliFlag, type CliFlagKey, cliFlags, type GivenFlags } from "./flags.ts";

export type Invocation =
  | { readonly kind: "help"; readonly command?: CommandName }
  | { readonly kind: "version" }
  | {
      readonly kind: "run";
      readonly command: CommandName;
      readonly argument: string;
      readonly flags: GivenFlags;
    }
  /** Whole sentences: everything that is wrong, at once. */
  | { readonly kind: "wrong"; readonly command?: CommandName; readonly problems: readonly string[] };

type Token = NonNullable<ReturnType<typeof tokensOf>>[number];
type OptionToken = Extract<Token, { kind: "option" }>;

const keys = Object.keys(cliFlags) as readonly CliFlagKey[];
const keyOf = (name: string): CliFlagKey | undefined => keys.find((key) => cliFlags[key].name === name);
const isSwitch = (key: CliFlagKey): boolean => !("placeholder" in cliFlags[key]);

/** `kubectl modelrollout mro/sentiment` means sentiment. */
const typePrefix = /^(?:mro|modelrollouts?(?:\.modelrollout\.dev)?)\//;

function tokensOf(argv: readonly string[]) {
  const options = Object.fromEntries(
    keys.map((key) => {
      const entry: CliFlag<unknown> = cliFlags[key];
      const type = isSwitch(key) ? ("boolean" as const) : ("string" as const);
      return [entry.name, { type, ...(entry.short === undefined ? {} : { short: entry.short }) }];
    }),
  );
  return parseArgs({
    args: [...argv],
    options: { ...options, help: { type: "boolean", short: "h" }, version: { type: "boolean" } },
    strict: false,
    allowPositionals: true,
    tokens: true,
  }).tokens;
}

/** Reads the command line behind the program's name. */
export function parseInvocation(argv: readonly string[]): Invocation {
  const tokens = tokensOf(argv);
  const words = tokens.flatMap((token) => (token.kind === "positional" ? [token.value] : []));
  const options = tokens.filter((token) => token.kind === "option");
  const [first, ...rest] = words[0] === "help" ? words.slice(1) : words;
  const command = commandNames.find((name) => name === first);
  const known = command === undefined ? {} : { command };
  if (options.some(({ name }) => name === "help") || words[0] === "help") return { kind: "help", ...known };
  if (options.some(({ name }) => name === "version") || first === "version") return { kind: "version" };
  if (first === undefined && options.length === 0) return { kind: "help" };
  if (command === undefined) return { kind: "wrong", problems: [withoutCommand(first)] };
  return invocationOf(command, rest, options);
}

function withoutCommand(word: string | undefined): string {
  if (word === undefined) return "a command is missing, such as status; flags go behind it";
  const meant = nearest(word, commandNames);
  const hint = meant === undefined ? "see --help for those there are" : `did you mean ${meant}?`;
  return `unknown command ${JSON.stringify(word)}: ${hint}`;
}

function invocationOf(
  command: CommandName,
  words: readonly string[],
  options: readonly OptionToken[],
): Invocation {
  const entry: CommandEntry = commands[command];
  const problems: string[] = [];
  const flags: Record<string, unknown> = {};
  for (const token of options) {
    const found = flagOf(command, token);
    if (typeof found === "string") problems.push(found);
    else flags[found.key] = found.value;
  }
  const [argument, ...more] = words;
  if (argument === undefined) problems.push(withoutArgument(command, entry));
  if (more.length > 0) problems.push(`${command} takes one ${entry.takes}, not also ${more.join(" ")}`);
  problems.push(...together(flags));
  if (argument === undefined || problems.length > 0) return { kind: "wrong", command, problems };
  const name = entry.takes === "NAME" ? argument.replace(typePrefix, "") : argument;
  return { kind: "run", command, argument: name, flags };
}

function withoutArgument(command: CommandName, { takes }: CommandEntry): string {
  const how = takes === "NAME" ? "kubectl get mro lists the names" : "- is standard input";
  return `${command} needs a ${takes}: kubectl modelrollout ${command} ${takes} (${how})`;
}

function flagOf(
  command: CommandName,
  { name, rawName, value, inlineValue }: OptionToken,
): { readonly key: CliFlagKey; readonly value: unknown } | string {
  const key = keyOf(name);
  if (key === undefined) return unknownFlag(command, rawName);
  const entry: CommandEntry = commands[command];
  const flag: CliFlag<unknown> = cliFlags[key];
  if (!entry.flags.includes(key)) return `${command} has no flag --${flag.name}: see ${command} --help`;
  const lacking = value === undefined || (!inlineValue && value.startsWith("-") && value !== "-");
  if (lacking && !isSwitch(key)) return `--${flag.name} needs a value: --${flag.name} ${flag.placeholder}`;
  const read = flag.read(value ?? "true");
  return read.ok
    ? { key, value: read.value }
    : `--${flag.name} ${read.instead}; it is ${JSON.stringify(value)}`;
}

function unknownFlag(command: CommandName, written: string): string {
  const entry: CommandEntry = commands[command];
  const names = [...entry.flags.map((key) => cliFlags[key].name), "help"];
  const meant = nearest(written.replace(/^-+/, ""), names);
  return `unknown flag ${written}: ${meant === undefined ? `see ${command} --help` : `did you mean --${meant}?`}`;
}

function together(flags: Readonly<Record<string, unknown>>): readonly string[] {
  const problems: string[] = [];
  if (flags["timeout"] !== undefined && flags["wait"] !== true)
    problems.push("--timeout goes with --wait only");
  return problems;
}
