import { readFile } from "node:fs/promises";
import { matches, type RoleEntry } from "../aws/roles.ts";

/** What a file says, or all that is wrong with it, in whole sentences that begin with the place. */
export type ReadRoles =
  | { readonly ok: true; readonly entries: readonly RoleEntry[] }
  | { readonly ok: false; readonly problems: readonly string[] };

const example = "{namespaces: [team-a], roleArn: arn:aws:iam::123456789012:role/models}";
/** A namespace's name (RFC 1123 label), in which `*` may stand for any part. */
const pattern = /^[a-z0-9*]([-a-z0-9*]{0,61}[a-z0-9*])?$/;
const roleArn = /^arn:aws[a-z-]*:iam::\d{12}:role\/[\w+=,.@/-]{1,512}$/;
/** More than any cluster needs; a file that is larger is another file. */
const MAX_BYTES = 1_048_576;

type Fields = Readonly<Record<string, unknown>>;

const isFields = (value: unknown): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Reads the text of the file: YAML, or JSON. `parse` throws for text that is neither. Pure. */
export function parseRoles(text: string, parse: (text: string) => unknown): ReadRoles {
  let value: unknown;
  try {
    value = parse(text);
  } catch (error) {
    return {
      ok: false,
      problems: [error instanceof Error ? (error.message.split("\n")[0] ?? "") : String(error)],
    };
  }
  if (!isFields(value) || !Array.isArray(value["roles"]))
    return { ok: false, problems: [`must be a mapping with a list "roles", as roles: [${example}]`] };
  const unknown = Object.keys(value).filter((key) => key !== "roles");
  const problems = unknown.map((key) => `${JSON.stringify(key)} is not known: there is only "roles"`);
  const taken = new Map<string, RoleEntry>();
  for (const [index, item] of (value["roles"] as readonly unknown[]).entries()) {
    const at = `roles[${index}]`;
    const before = problems.length;
    problems.push(...problemsOf(at, item));
    if (problems.length > before) continue;
    const entry = item as RoleEntry;
    problems.push(...hidden(at, entry, taken));
    taken.set(at, entry);
  }
  const entries = [...taken.values()];
  if (entries.length === 0 && problems.length === 0)
    problems.push(`names no role: write roles: [${example}]`);
  return problems.length > 0 ? { ok: false, problems } : { ok: true, entries };
}

function problemsOf(at: string, item: unknown): readonly string[] {
  if (!isFields(item)) return [`${at} must be a mapping, as ${example}`];
  const { namespaces, roleArn: arn, ...others } = item;
  const problems = Object.keys(others).map(
    (key) =>
      `${at}.${key} is not known: there are namespaces and roleArn (the external id is the operator's)`,
  );
  if (!Array.isArray(namespaces) || namespaces.length === 0) {
    problems.push(`${at}.namespaces must be a list of names such as team-a, or patterns such as team-*`);
  } else {
    for (const [index, each] of (namespaces as readonly unknown[]).entries()) {
      if (typeof each === "string" && pattern.test(each)) continue;
      problems.push(
        `${at}.namespaces[${index}] must be a namespace's name or a pattern such as team-*; it is ${JSON.stringify(each)}`,
      );
    }
  }
  if (typeof arn !== "string" || !roleArn.test(arn)) {
    const found = JSON.stringify(arn) ?? "missing";
    problems.push(
      `${at}.roleArn must be a role's ARN, such as arn:aws:iam::123456789012:role/models; it is ${found}`,
    );
  }
  return problems;
}

/** Names that an entry before has already: theirs would never be used. */
function hidden(
  at: string,
  { namespaces }: RoleEntry,
  before: ReadonlyMap<string, RoleEntry>,
): readonly string[] {
  return namespaces.flatMap((name, index) => {
    const first = [...before].find(([, entry]) =>
      entry.namespaces.some((each) => each === name || matches(each, name)),
    );
    if (!first) return [];
    return [
      `${at}.namespaces[${index}] (${name}) is never used: ${first[0]} has it already; put the narrower entry first`,
    ];
  });
}

/** Reads the file; throws an Error that has all problems, one a line, each beginning with the file's name. */
export async function readRolesFile(path: string): Promise<readonly RoleEntry[]> {
  const text = await readFile(path, "utf8").catch((error: unknown) => {
    throw new Error(
      `--aws-roles ${path} cannot be read: ${error instanceof Error ? error.message : String(error)}`,
    );
  });
  if (text.length > MAX_BYTES) throw new Error(`--aws-roles ${path} is larger than 1 MiB`);
  // Only loaded where there is such a file.
  const { parse } = await import("yaml");
  const read = parseRoles(text, (given) => parse(given, { maxAliasCount: 0, uniqueKeys: true }) as unknown);
  if (read.ok) return read.entries;
  throw new Error(read.problems.map((problem) => `--aws-roles ${path}: ${problem}`).join("\n"));
}
