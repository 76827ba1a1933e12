import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseAllDocuments } from "yaml";
import type { ModelRollout } from "../../../src/api/types.ts";
import type { Made } from "./terraform.ts";

const folder = fileURLToPath(new URL("../../../examples", import.meta.url));

/** The table of all examples. */
export const readme = readFileSync(`${folder}/README.md`, "utf8");

/** An object of a manifest, as far as tests look at it. */
export type Manifest = {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly spec?: Readonly<Record<string, unknown>>;
};

/** A folder of examples/. */
export type Example = {
  readonly name: string;
  /** Texts by file name. */
  readonly files: Readonly<Record<string, string>>;
};

/** All folders. */
export const examples: readonly Example[] = readdirSync(folder, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => ({
    name,
    files: Object.fromEntries(
      readdirSync(`${folder}/${name}`).map((file) => [
        file,
        readFileSync(`${folder}/${name}/${file}`, "utf8"),
      ]),
    ),
  }));

/** The file that every example has. */
export const rolloutFile = "modelrollout.yaml";

/** The objects of a YAML text. */
export function objectsIn(text: string): readonly Manifest[] {
  return parseAllDocuments(text).flatMap((document) => {
    if (document.errors[0] !== undefined) throw document.errors[0];
    const value = document.toJS() as Manifest | null;
    return value === null ? [] : [value];
  });
}

/** The ModelRollout of an example. */
export function rolloutOf({ files }: Example): ModelRollout {
  const found = objectsIn(files[rolloutFile] ?? "").filter(({ kind }) => kind === "ModelRollout");
  if (found.length !== 1) throw new Error(`${rolloutFile} has ${found.length} ModelRollouts`);
  return found[0] as unknown as ModelRollout;
}

/** Every ARN of a load balancer's parts in a text. */
export function arnsIn(text: string): readonly string[] {
  return text.match(/arn:aws:elasticloadbalancing:[^\s"']+/g) ?? [];
}

/** `targetgroup NAME`, or the kind and the load balancer's name: what an ARN of the example stands for. */
export function standsFor(arn: string): string {
  const [kind = "", first = "", second = ""] = (arn.split(":")[5] ?? "").split("/");
  return kind === "targetgroup" ? `${kind} ${first}` : `${kind} ${second}`;
}

/** The ARNs of what aws.tf has made, by what they stand for; each must be one thing. */
export function arnsOf(made: readonly Made[]): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const { address, attributes } of made) {
    const { arn } = attributes;
    if (arn === undefined || address.startsWith("data.")) continue;
    const key = standsFor(arn);
    if (found.has(key)) throw new Error(`there are two of ${key}`);
    found.set(key, arn);
  }
  return found;
}

/**
 * What is applied instead of a file's text: the ARNs are those of what aws.tf has made under the same name, and
 * holds, retain, drain and the time for a step are shortened. Nothing else is changed.
 * @throws Error for an ARN of something that aws.tf does not have
 */
export function substituted(text: string, arns: ReadonlyMap<string, string>): string {
  const withArns = text.replaceAll(/arn:aws:elasticloadbalancing:[^\s"']+/g, (arn) => {
    const made = arns.get(standsFor(arn));
    if (made === undefined) throw new Error(`aws.tf has no ${standsFor(arn)}`);
    return made;
  });
  const short = withArns
    .replaceAll(/\bhold: \d+[smh]/g, "hold: 1s")
    .replaceAll(/^( +)retain: \S+/gm, "$1retain: 2s")
    .replaceAll(/^( +)stepTimeout: \S+/gm, "$1stepTimeout: 90s");
  // The defaults are as long: written out where a file leaves them to the operator.
  const named = ["retain: 2s", "drain: 1s"].filter((line) => !new RegExp(`^ +${line}`, "m").test(short));
  return short.replace(/^ {2}strategy:\n/m, `$&${named.map((line) => `    ${line}\n`).join("")}`);
}

/** The next version, as a user writes it: v8 in the place of v7, and the other destination. */
export function nextVersion(text: string): string {
  return text.replaceAll(/\bv7\b/g, "v8").replace(/^( +)destination: a\b/m, "$1destination: b");
}
