import type { TargetRead } from "../core/observed.ts";

/** The tag on a rule, listener, load balancer, route or mesh that says which namespaces may move its weights. */
export const grantTag = "modelrollout.dev/namespaces";

/** Who asks for a target: one operator, with one role, serves many namespaces. */
export interface Grantee {
  readonly namespace: string;
  /** The operator's own `--cluster-name`: an account may serve several clusters that have the same namespaces. */
  readonly cluster?: string;
}

/**
 * Whether a tag's value names the grantee: entries separated by spaces, each NAMESPACE, CLUSTER/NAMESPACE or `@all`
 * (the characters that ELB allows in a tag: letters, digits, spaces and `+ - = . _ : / @`).
 */
export function grants(value: string, { namespace, cluster }: Grantee): boolean {
  const names = ["@all", namespace, ...(cluster === undefined ? [] : [`${cluster}/${namespace}`])];
  return value.split(/\s+/).some((entry) => names.includes(entry));
}

/** A resource that may carry the tag, for messages: `the rule a881cd424e42a851 of sentiment`. */
export interface TaggedPlace {
  readonly name: string;
  readonly tags: Readonly<Record<string, string>>;
}

/**
 * Undefined when the grantee may move the weights. `places` go from the target itself outwards: the first that carries
 * the tag decides, so that a load balancer can be opened as a whole and one rule of it be kept apart.
 */
export function grantRefusal(places: readonly TaggedPlace[], grantee: Grantee): TargetRead["refusal"] {
  const { namespace, cluster } = grantee;
  const deciding = places.find(({ tags }) => tags[grantTag] !== undefined);
  const value = deciding?.tags[grantTag] ?? "";
  if (deciding && grants(value, grantee)) return undefined;
  const target = places[0]?.name ?? "the target";
  const entry = cluster === undefined ? namespace : `${cluster}/${namespace}`;
  const message = deciding
    ? `${deciding.name} is not granted to namespace ${namespace}: its tag ${grantTag} says "${value}", add ${entry} to it`
    : `${target} is not granted to namespace ${namespace}: give it, or what it belongs to, the tag ${grantTag} with the value ${entry}`;
  return { reason: "NotGranted", message };
}
