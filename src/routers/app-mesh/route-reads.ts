import type { AppMesh, RouteData, RouteSpec } from "@aws-sdk/client-app-mesh";
import { type BatchedReads, createBatchedReads } from "../../aws/batched-reads.ts";
import type { Aws } from "../../aws/clients.ts";
import type { AwsCall } from "../../aws/errors.ts";
import { guardedReads } from "../../aws/guarded-reads.ts";
import type { Clock } from "../../runtime/clock.ts";
import { addressOf, type RouteAddress } from "./route-address.ts";

/** What a write replaces as a whole, and what tells one write from another. */
export interface RouteState {
  readonly spec: RouteSpec;
  /** Counts up with every write, whoever makes it. Nothing can be made conditional on it. */
  readonly version: number;
  readonly arn: string;
}

/** The call that reads a route. */
export function readCallOf({ region }: RouteAddress): AwsCall {
  return { service: "appmesh", operation: "DescribeRoute", region };
}

/** The address as requests have it. */
export function placeOf({ region: _region, ...place }: RouteAddress): Omit<RouteAddress, "region"> {
  return place;
}

/** A route as it came in an answer. */
export function stateOf(route: RouteData | undefined): RouteState | undefined {
  const { spec, metadata } = route ?? {};
  return spec && { spec, version: metadata?.version ?? 0, arn: metadata?.arn ?? "" };
}

/** Throws what the SDK throws. */
export async function describeRoute(
  client: AppMesh,
  address: RouteAddress,
  signal: AbortSignal,
): Promise<RouteState | undefined> {
  const answer = await client.describeRoute(placeOf(address), { abortSignal: signal });
  return stateOf(answer.route);
}

/** Routes by `keyOf` their addresses; the service answers for one route per call. */
export function createRouteReads(aws: Aws, clock: Clock): BatchedReads<RouteState> {
  return createBatchedReads<RouteState>({
    clock,
    batchSize: 1,
    groupOf: (key) => addressOf(key).region,
    ...guardedReads<RouteState>(aws, clock, (region) => ({
      call: { service: "appmesh", operation: "DescribeRoute", region },
      fetch: async ([key = ""], signal) => {
        const state = await describeRoute(await aws.appMesh(region, "read"), addressOf(key), signal);
        return new Map(state ? [[key, state]] : []);
      },
    })),
  });
}
