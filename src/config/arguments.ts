import { type FlagKey, flags, informationFlags, variableOf } from "./flags.ts";
import { nearest } from "./nearest.ts";

/** A flag's text and how its writer wrote it, for messages. */
export interface Given {
  readonly text: string;
  readonly written: string;
}

export interface GivenFlags {
  readonly given: ReadonlyMap<FlagKey, Given>;
  /** Whole sentences. */
  readonly problems: readonly string[];
}

const keys = Object.keys(flags) as FlagKey[];
const keyOf = (name: string): FlagKey | undefined => keys.find((key) => flags[key].name === name);
const isSwitch = (key: FlagKey): boolean => !("placeholder" in flags[key]);
const informationNames: readonly string[] = Object.values(informationFlags).map(({ name }) => name);

/**
 * Takes the command line apart: `--flag value`, `--flag=value`, `--switch`, `--switch=false`, `--no-switch`. A flag
 * given twice has its last value, so that a wrapper's own flags can be overridden.
 */
export function readArguments(argv: readonly string[]): GivenFlags {
  const given = new Map<FlagKey, Given>();
  const problems: string[] = [];
  for (let at = 0; at < argv.length; at += 1) {
    const argument = argv[at] ?? "";
    const { name, text } = split(argument);
    if (name === undefined) problems.push(notAFlag(argument));
    else if (informationNames.includes(name)) problems.push(...information(name, text));
    else {
      const found = find(name, text);
      if (found === undefined) problems.push(unknown(name));
      else if (found.text !== undefined) given.set(found.key, { text: found.text, written: `--${name}` });
      else {
        const next = argv[at + 1];
        if (next === undefined || next.startsWith("--")) problems.push(withoutValue(found.key));
        else {
          given.set(found.key, { text: next, written: `--${name}` });
          at += 1;
        }
      }
    }
  }
  return { given, problems };
}

/** The variables; an empty one counts as absent. Others that begin with MODELROLLOUT_ are left alone: Kubernetes
 * itself sets some in pods beside a Service called modelrollout. */
export function readVariables(
  env: Readonly<Record<string, string | undefined>>,
): ReadonlyMap<FlagKey, Given> {
  const given = new Map<FlagKey, Given>();
  for (const key of keys) {
    const written = variableOf(flags[key].name);
    const text = env[written];
    if (text !== undefined && text !== "") given.set(key, { text, written });
  }
  return given;
}

function split(argument: string): { readonly name?: string; readonly text?: string } {
  const parts = /^--([^=]+)(?:=(.*))?$/s.exec(argument);
  if (parts?.[1] === undefined) return argument === "-h" ? { name: "help" } : {};
  return { name: parts[1], ...(parts[2] === undefined ? {} : { text: parts[2] }) };
}

function find(name: string, text: string | undefined): { key: FlagKey; text?: string } | undefined {
  const key = keyOf(name);
  if (key !== undefined) {
    const value = text ?? (isSwitch(key) ? "true" : undefined);
    return { key, ...(value === undefined ? {} : { text: value }) };
  }
  const positive = name.startsWith("no-") ? keyOf(name.slice(3)) : undefined;
  if (positive === undefined || !isSwitch(positive) || text !== undefined) return undefined;
  return { key: positive, text: "false" };
}

function information(name: string, text: string | undefined): readonly string[] {
  return text === undefined ? [] : [`--${name} takes no value: write --${name}`];
}

function notAFlag(argument: string): string {
  const name = argument.replace(/^-/, "").replace(/=.*$/s, "");
  const meant = argument.startsWith("-") ? nearest(name, allNames()) : undefined;
  const hint = meant === undefined ? "flags begin with --; see --help" : `did you mean --${meant}?`;
  return `unexpected argument ${JSON.stringify(argument)}: ${hint}`;
}

function unknown(name: string): string {
  // A known switch's negation that came with a value.
  if (allNames().includes(name)) return `--${name} takes no value: write --${name}`;
  const meant = nearest(name, allNames());
  return `unknown flag --${name}: ${meant === undefined ? "see --help for those there are" : `did you mean --${meant}?`}`;
}

function withoutValue(key: FlagKey): string {
  const { name } = flags[key];
  const placeholder = "placeholder" in flags[key] ? flags[key].placeholder : "true";
  return `--${name} needs a value: --${name} ${placeholder}`;
}

function allNames(): readonly string[] {
  const own = keys.map((key) => flags[key].name);
  const negated = keys.filter(isSwitch).map((key) => `no-${flags[key].name}`);
  return [...own, ...negated, ...informationNames];
}
