import { randomUUID } from "node:crypto";
import type { Priority } from "../../aws/budget.ts";
import { GaveUp } from "../../aws/deadline.ts";
import { routeName } from "../../core/driven-traffic.ts";
import type { TargetRead } from "../../core/observed.ts";
import { type Grantee, grantRefusal, grantTag } from "../grant.ts";
import type { TargetDriver } from "../target-driver.ts";
import type { AppMeshFleet } from "./fleet.ts";
import { ownerRefusal } from "./ownership.ts";
import { keyOf, type RouteAddress } from "./route-address.ts";
import { describeRoute, placeOf, type RouteState, readCallOf, stateOf } from "./route-reads.ts";
import { readRoute, type VirtualNodes, writeRoute } from "./translate.ts";
import { Versions } from "./versions.ts";

/** Tags rarely change: asked again after five minutes, believed for most of an hour. */
const tagsWish = { maxAgeMs: 300_000, staleOkMs: 3_000_000 };

/**
 * May this route be driven, by what its tags and its mesh's say (without `grantee` it need not be granted). What cannot be told is a problem: only evidence starts a
 * rollout.
 */
async function guard(
  { tags }: AppMeshFleet,
  id: string,
  { arn }: RouteState,
  priority: Priority,
  grantee: Grantee | undefined,
): Promise<Pick<TargetRead, "problem" | "refusal">> {
  const outcome = await tags.get(arn, { ...tagsWish, priority });
  if (!outcome.ok) return { problem: outcome.problem };
  const owned = ownerRefusal(id, outcome.value);
  if (owned || !grantee) return owned ? { refusal: owned } : {};
  const places = [{ name: `the route ${id}`, tags: outcome.value }];
  const mesh = meshOf(arn);
  if (outcome.value[grantTag] === undefined) {
    const above = await tags.get(mesh, { ...tagsWish, priority });
    if (!above.ok) return { problem: above.problem };
    places.push({ name: `the mesh of ${id}`, tags: above.value });
  }
  const refusal = grantRefusal(places, grantee);
  if (!refusal) return {};
  // Somebody is about to change the tags: the next look asks again.
  for (const each of [arn, mesh]) tags.forget(each);
  return { refusal };
}

/** `arn:aws:appmesh:us-east-1:123456789012:mesh/ai` of a route's ARN. */
const meshOf = (route: string): string => route.replace(/(:mesh\/[^/]+)\/.*$/, "$1");

/**
 * A route. UpdateRoute has no precondition and replaces the whole spec, so every write is made from the spec just read;
 * `metadata.version` tells afterwards whether somebody else wrote in between (API reference, UpdateRoute).
 */
export function createRouteDriver(
  fleet: AppMeshFleet,
  address: RouteAddress,
  nodes: VirtualNodes,
  grantee?: Grantee,
): TargetDriver<RouteState> {
  const { aws, routes } = fleet;
  const { region } = address;
  const id = routeName(address);
  const key = keyOf(address);
  const versions = new Versions();
  const readingOf = (state: RouteState): TargetRead => {
    const note = versions.noteOn(state);
    return { kind: "Route", id, ...readRoute(state.spec, nodes), ...(note === undefined ? {} : { note }) };
  };
  return {
    id,
    readCall: readCallOf(address),
    writeCall: { service: "appmesh", operation: "UpdateRoute", region },
    budget: aws.budget("appmesh", region),
    look: async ({ maxAgeMs, priority }) => {
      const outcome = await routes.get(key, { maxAgeMs, priority });
      if (!outcome.ok) return { at: outcome.at, read: { kind: "Route", id, problem: outcome.problem } };
      const { at, value: state } = outcome;
      const read = readingOf(state);
      if (read.refusal) return { at, read, state };
      return { at, read: { ...read, ...(await guard(fleet, id, state, priority, grantee)) }, state };
    },
    describe: async (signal) => describeRoute(await aws.appMesh(region, "rollback"), address, signal),
    rewrite: (state, { weights }) => {
      const spec = writeRoute(state.spec, nodes, weights);
      return spec && { ...state, spec };
    },
    prepare: (state, use) => {
      // One token for all attempts of one write: an attempt whose answer got lost is not applied twice.
      const clientToken = randomUUID();
      const answered = versions.begin(state);
      return async (abortSignal) => {
        const client = await aws.appMesh(region, use);
        if (abortSignal.aborted) throw new GaveUp();
        const input = { ...placeOf(address), spec: state.spec, clientToken };
        const written = stateOf((await client.updateRoute(input, { abortSignal })).route) ?? state;
        answered(written);
        return written;
      };
    },
    readingOf,
    unread: (problem) => ({ kind: "Route", id, problem }),
    forget: () => routes.forget(key),
  };
}
