/** What a path of the Kubernetes API names: a collection, or with `name` one object, or a subresource of it. */
export interface ResourceRef {
  /** The empty string is the core group. */
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  readonly namespace?: string;
  readonly name?: string;
  readonly subresource?: string;
}

/**
 * The URL path of a resource: `/apis/apps/v1/namespaces/prod/deployments/x/status`.
 * Without `namespace` it is a cluster-scoped resource, or all namespaces of a namespaced one.
 */
export function resourcePath(ref: ResourceRef): string {
  const parts = ref.group === "" ? ["api", ref.version] : ["apis", ref.group, ref.version];
  if (ref.namespace !== undefined) parts.push("namespaces", ref.namespace);
  parts.push(ref.plural);
  if (ref.name !== undefined) parts.push(ref.name);
  if (ref.subresource !== undefined) parts.push(ref.subresource);
  return `/${parts.map(encodeURIComponent).join("/")}`;
}
