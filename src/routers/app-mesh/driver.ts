import { randomUUID } from "node:crypto";
import type { Priority } from "../../aws/budget.ts";
import { GaveUp } from "../../aws/deadline.ts";
import { routeName } from "../../core/driven-traffic.ts";
import type { TargetRead } from "../../core/observed.ts";
import type { TargetDriver } from "../target-driver.ts";
import type { AppMeshFleet } from "./fleet.ts";
import { ownerRefusal } from "./ownership.ts";
import { keyOf, type RouteAddress } from "./route-address.ts";
import { describeRoute, placeOf, type RouteState, readCallOf, stateOf } from "./route-reads.ts";
import { readRoute, type VirtualNodes, writeRoute } from "./translate.ts";
import { Versions } from "./versions.ts";

/** Tags rarely change: asked again after five minutes, believed for most of an hour. */
const tagsWish = { maxAgeMs: 300_000, staleOkMs: 3_000_000 };

/** May this route be driven, by what its tags say. What cannot be told is a problem: only evidence starts a rollout. */
async function guard(
  { tags }: AppMeshFleet,
  id: string,
  { arn }: RouteState,
  priority: Priority,
): Promise<Pick<TargetRead, "problem" | "refusal">> {
  const outcome = await tags.get(arn, { ...tagsWish, priority });
  if (!outcome.ok) return { problem: outcome.problem };
  const refusal = ownerRefusal(id, outcome.value);
  return refusal ? { refusal } : {};
}

/**
 * A route. UpdateRoute has no precondition and replaces the whole spec, so every write is made from the spec just read;
 * `metadata.version` tells afterwards whether somebody else wrote in between (API reference, UpdateRoute).
 */
export function createRouteDriver(
  fleet: AppMeshFleet,
  address: RouteAddress,
  nodes: VirtualNodes,
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
      return { at, read: { ...read, ...(await guard(fleet, id, state, priority)) }, state };
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
