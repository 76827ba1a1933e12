import { fieldManager } from "./names.ts";

/** One entry of `metadata.managedFields`. */
interface Entry {
  readonly manager?: string;
  readonly operation?: string;
  readonly subresource?: string;
  readonly apiVersion?: string;
  readonly fieldsType?: string;
  readonly fieldsV1?: FieldSet;
  readonly time?: string;
}

/** A set of field paths: `f:name` and `k:{…}` keys, leaves are `{}`. */
interface FieldSet {
  readonly [path: string]: FieldSet;
}

/**
 * `managedFields` by which the next server-side apply of the operator becomes absolute.
 *
 * Server-side apply removes only fields that the manager applied before. An object is made by POST (the only write
 * that cannot take over somebody else's object), which leaves an `Update` entry; and a `kubectl set env` leaves
 * fields of another manager, which would live on in the next revision. So the operator first becomes, as an
 * applier, the owner of every field in `spec`, whoever set it: what it then does not send is gone. Entries of
 * subresources (status, scale) stay as they are, and so does what others hold in `metadata`.
 *
 * `claimed`: only these keys of `spec`; absent: all of them.
 * @returns undefined when nothing has to change.
 */
export function claimSpec(
  managedFields: readonly unknown[] | undefined,
  claimed?: readonly string[],
): readonly unknown[] | undefined {
  const entries = (managedFields ?? []) as readonly Entry[];
  const isApplier = (entry: Entry) =>
    entry.manager === fieldManager && entry.operation === "Apply" && entry.subresource === undefined;
  const others = entries.filter((entry) => !isApplier(entry));
  const takers = others.filter((entry) => entry.subresource === undefined && holds(entry, claimed));
  if (takers.length === 0) return undefined;
  const applier = entries.find(isApplier);
  const spec = takers
    .map((entry) => select(entry.fieldsV1?.["f:spec"] ?? {}, claimed))
    .reduce(union, applier?.fieldsV1?.["f:spec"] ?? {});
  const apiVersion = applier?.apiVersion ?? takers[0]?.apiVersion;
  const ours: Entry = {
    manager: fieldManager,
    operation: "Apply",
    ...(apiVersion === undefined ? {} : { apiVersion }),
    fieldsType: "FieldsV1",
    fieldsV1: { ...applier?.fieldsV1, "f:spec": spec },
  };
  const rest = others.map((entry) => (takers.includes(entry) ? without(entry, claimed) : entry));
  return [ours, ...rest.filter((entry) => Object.keys(entry.fieldsV1 ?? {}).length > 0)];
}

function holds(entry: Entry, claimed: readonly string[] | undefined): boolean {
  return Object.keys(select(entry.fieldsV1?.["f:spec"] ?? {}, claimed)).length > 0;
}

function select(spec: FieldSet, claimed: readonly string[] | undefined): FieldSet {
  if (claimed === undefined) return spec;
  return Object.fromEntries(Object.entries(spec).filter(([path]) => claimed.includes(path.slice(2))));
}

function without(entry: Entry, claimed: readonly string[] | undefined): Entry {
  const { "f:spec": spec = {}, ...more } = entry.fieldsV1 ?? {};
  const left = Object.entries(spec).filter(
    ([path]) => claimed !== undefined && path.startsWith("f:") && !claimed.includes(path.slice(2)),
  );
  return { ...entry, fieldsV1: left.length === 0 ? more : { ...more, "f:spec": Object.fromEntries(left) } };
}

function union(left: FieldSet, right: FieldSet): FieldSet {
  const merged: Record<string, FieldSet> = { ...left };
  for (const [path, fields] of Object.entries(right)) merged[path] = union(merged[path] ?? {}, fields);
  return merged;
}
