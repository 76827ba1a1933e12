import { readFile } from "node:fs/promises";
import { parse } from "yaml";
import { apiVersion, kind, plural } from "../../src/api/group.ts";
import { ApiError, type TestCluster } from "../control-plane/shared.ts";

/** One row of accepted.yaml or refused.yaml. */
export interface Case {
  /** What it is, for the test's name. */
  readonly it: string;
  /** A spec of bases.yaml. */
  readonly base: string;
  /** Merged into it; null removes a field. */
  readonly set?: Fields;
  readonly spec?: null;
  readonly name?: string;
  /** What the API server answers, as kubectl prints it. */
  readonly says?: string;
}

export type Fields = { readonly [field: string]: unknown };

const read = async (file: string): Promise<unknown> =>
  parse(await readFile(new URL(file, import.meta.url), "utf8"));

export async function readCases(file: string): Promise<readonly Case[]> {
  return (await read(file)) as readonly Case[];
}

const bases = (await read("bases.yaml")) as Readonly<Record<string, Fields>>;

/** RFC 7386. */
export function merge(target: unknown, change: unknown): unknown {
  if (!isFields(change)) {
    return change;
  }
  const result: Record<string, unknown> = isFields(target) ? { ...target } : {};
  for (const [field, value] of Object.entries(change)) {
    if (value === null) {
      delete result[field];
    } else {
      result[field] = merge(result[field], value);
    }
  }
  return result;
}

function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A ModelRollout with a base's spec. */
export function rollout(
  base: string,
  set: Fields = {},
  name = "sentiment",
): Fields & { metadata: { name: string } } {
  const spec = bases[base];
  if (spec === undefined) {
    throw new Error(`bases.yaml has no ${base}`);
  }
  return { apiVersion, kind, metadata: { name }, spec: merge(spec, set) };
}

/** Path of the collection in the test's namespace, or of one resource. */
export function pathOf(cluster: TestCluster, name?: string): string {
  const collection = `/apis/${apiVersion}/namespaces/${cluster.namespace}/${plural}`;
  return name === undefined ? collection : `${collection}/${name}`;
}

/** Creates it as a dry-run, with kubectl's own field validation. Undefined when accepted, else what a user reads. */
export async function refusal(cluster: TestCluster, row: Case): Promise<string | undefined> {
  const object: Record<string, unknown> = rollout(row.base, row.set, row.name);
  if (row.spec === null) {
    delete object["spec"];
  }
  return messageOf(cluster.client.create(`${pathOf(cluster)}?dryRun=All&fieldValidation=Strict`, object));
}

/** What the API server says against a call, without the part that is the same every time. */
export async function messageOf(call: Promise<unknown>): Promise<string | undefined> {
  try {
    await call;
    return undefined;
  } catch (error) {
    if (!(error instanceof ApiError)) {
      throw error;
    }
    return error.message
      .replace(/^422 Invalid: ModelRollout\.modelrollout\.dev "[^"]*" is invalid: /, "")
      .replace(
        /^400 BadRequest: ModelRollout in version "v1alpha1" cannot be handled as a ModelRollout: /,
        "",
      );
  }
}
