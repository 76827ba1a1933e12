import { isDeepStrictEqual } from "node:util";
import type { Cluster } from "./cluster.ts";
import { syncDeployment } from "./deployment.ts";
import { syncReplicaSet } from "./pods.ts";

const ROUNDS = 200;

/** Both controllers in turn until neither has anything left to do at this instant. Throws when there is no end of it. */
export function settle(cluster: Cluster, now: number): Cluster {
  let current = cluster;
  for (let round = 0; round < ROUNDS; round += 1) {
    const next = turn(current, now);
    if (isDeepStrictEqual(next, current)) return current;
    current = next;
  }
  throw new Error(`the controllers come to no end: ${JSON.stringify(current)}`);
}

function turn(cluster: Cluster, now: number): Cluster {
  const synced = syncDeployment(cluster, now);
  return synced.sets.reduce((next, { name }) => syncReplicaSet(next, name, now), synced);
}
