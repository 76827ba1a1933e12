import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { parseAllDocuments } from "yaml";

/** An object as a manifest has it. */
export type Rendered = {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly [field: string]: unknown;
};

/** Objects by `Kind namespace/name`. */
export type ByName = Readonly<Record<string, Rendered>>;

/** Absolute path of a file in deploy/. */
export const deploy = (path: string): string =>
  fileURLToPath(new URL(`../../deploy/${path}`, import.meta.url));

/** Objects of a YAML text; documents without one are left out. @throws Error when two have one name */
export function objectsOf(text: string): ByName {
  const objects = parseAllDocuments(text)
    .map((document) => document.toJS() as Rendered | null)
    .filter((object) => object !== null);
  const named = objects.map((object) => [nameOf(object), object] as const);
  const names = named.map(([name]) => name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw new Error(`${twice} is there twice`);
  return Object.fromEntries(named);
}

const nameOf = ({ kind, metadata }: Rendered): string =>
  `${kind} ${metadata.namespace === undefined ? "" : `${metadata.namespace}/`}${metadata.name}`;

/** What kustomize, the one in kubectl, makes of a folder in deploy/. */
export async function kustomize(kubectl: string, folder: string): Promise<ByName> {
  const options = { maxBuffer: 64 << 20 };
  const { stdout } = await promisify(execFile)(kubectl, ["kustomize", deploy(folder)], options);
  return objectsOf(stdout);
}

/** Names of the objects in which the two differ. */
export function differences(left: ByName, right: ByName): readonly string[] {
  const names = [...new Set([...Object.keys(left), ...Object.keys(right)])].sort();
  return names.filter((name) => canonical(left[name]) !== canonical(right[name]));
}

/** JSON with the keys in order. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) =>
    typeof part === "object" && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );
}

/** The arguments of the first container of a Deployment. */
export function argsOf(deployment: Rendered | undefined): readonly string[] {
  type Pods = { template: { spec: { containers: { args: string[] }[] } } };
  return (deployment?.["spec"] as Pods | undefined)?.template.spec.containers[0]?.args ?? [];
}
