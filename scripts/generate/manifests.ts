import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse, parseAllDocuments, stringify } from "yaml";
import { root } from "../command.ts";

/** An object as Kubernetes takes it. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly rules?: readonly object[];
}

interface Kustomization {
  readonly resources?: readonly string[];
  readonly components?: readonly string[];
  readonly [field: string]: unknown;
}

/** What a kustomization may hold besides its lists for {@link filesOf} to tell what it renders. */
const harmless = ["apiVersion", "kind", "resources", "components"];

const read = (path: string): string => readFileSync(join(root, path), "utf8");

function kustomizationOf(folder: string): Kustomization {
  const file = folder.endsWith("crds") ? "Kustomization" : "kustomization.yaml";
  return parse(read(join(folder, file))) as Kustomization;
}

/**
 * The files that a kustomization puts together, in its order. It may list files and folders, and nothing more.
 * @param folder from the root of the project
 * @throws Error for a kustomization that changes what it lists: kustomize itself would be needed for it
 */
export function filesOf(folder: string): readonly string[] {
  const kustomization = kustomizationOf(folder);
  const changes = Object.keys(kustomization).filter((field) => !harmless.includes(field));
  if (changes.length > 0)
    throw new Error(`${folder} has ${changes.join(", ")}: only lists are allowed there`);
  return [...(kustomization.resources ?? []), ...(kustomization.components ?? [])].flatMap((entry) => {
    const path = join(folder, entry);
    return path.endsWith(".yaml") ? [path] : filesOf(path);
  });
}

/** Text of a file's documents, comments included, `---` between them and a newline at the end. */
export function textOf(path: string): string {
  return read(path);
}

/** The objects of a YAML file. */
export function manifestsOf(path: string): readonly Manifest[] {
  return parseAllDocuments(read(path)).map((document) => document.toJS() as Manifest);
}

/** Rules of one of the operator's ClusterRoles, as the field `rules` of another role, in YAML. */
export function operatorRules(name = "modelrollout"): string {
  const role = manifestsOf("deploy/base/rbac.yaml").find(
    ({ kind, metadata }) => kind === "ClusterRole" && metadata.name === name,
  );
  if (role?.rules === undefined) throw new Error(`deploy/base/rbac.yaml has no ClusterRole ${name}`);
  return stringify({ rules: role.rules }, { lineWidth: 0, aliasDuplicateObjects: false });
}
