import { afterAll, beforeAll, expect, test } from "vitest";
import { type ControlPlane, startControlPlane } from "../control-plane/control-plane.ts";
import { eventually } from "../control-plane/eventually.ts";
import { applyDefinitions, definitionFiles } from "../control-plane/manifests.ts";
import { startWorld, type World } from "../world/world.ts";
import { elected } from "./shared.ts";
import { startFaults } from "./soak-faults.ts";
import { type Fleet, makeFleet } from "./soak-fleet.ts";
import { type Sample, sampleOf, spanOf, table } from "./soak-samples.ts";

/** How long, and how many: `MODELROLLOUT_SOAK_MINUTES`, `MODELROLLOUT_SOAK_ROLLOUTS`. */
const minutes = Number(process.env["MODELROLLOUT_SOAK_MINUTES"] ?? "20");
const rollouts = Number(process.env["MODELROLLOUT_SOAK_ROLLOUTS"] ?? "300");
/**
 * ELB is asked 6 times a second at most, and a release behind a load balancer takes some thirty reads and writes: 12
 * releases a minute. So one rollout in ten has one, the others are rolled in place.
 */
const behindLoadBalancer = Math.ceil(rollouts / 10);
/** The Deployment controller writes 20 times a second at most, some thirty times for a release of two pods. */
const releasesPerSecond = 0.4;
const everyMs = 10_000;

let plane: ControlPlane;
let world: World;

beforeAll(async () => {
  // Each node takes 110 pods.
  plane = await startControlPlane({ nodes: Math.ceil((rollouts * 4) / 110) + 1 });
  await applyDefinitions(plane, await definitionFiles());
  world = await startWorld({ controlPlane: plane });
});
afterAll(async () => {
  await world.stop();
  await plane.stop();
});

/** Starts releases of rollouts that are at rest, at a steady rate. */
function keepReleasing(fleet: Fleet): () => void {
  const timer = setInterval(() => void fleet.releaseOne(), 1_000 / releasesPerSecond);
  return () => clearInterval(timer);
}

test(
  `${rollouts} rollouts, released again and again for ${minutes} minutes, with faults`,
  async () => {
    const operator = await world.startOperator({
      flags: {
        ...elected.flags,
        "alarm-poll-interval": "2s",
        "drift-poll-interval": "30s",
        "log-level": "info",
      },
    });
    await operator.waitReady();
    const fleet = await makeFleet(world, rollouts, behindLoadBalancer);
    console.log(`${rollouts} rollouts are stable, ${behindLoadBalancer} of them behind a load balancer`);
    const stopReleasing = keepReleasing(fleet);
    const faults = startFaults(plane, world);
    const samples: Sample[] = [];
    const end = performance.now() + minutes * 60_000;
    try {
      while (performance.now() < end) {
        await new Promise((resolve) => void setTimeout(resolve, everyMs));
        samples.push(await sampleOf(operator));
        if (samples.length % 6 === 0)
          console.log(table(samples.slice(-1)), fleet.summary(), faults.summary());
        expect(operator.hasEnded()).toBe(false);
      }
    } finally {
      stopReleasing();
      await faults.stop();
    }
    await eventually("nothing is stuck", () => fleet.unfinished().length === 0, { withinMs: 600_000 }).catch(
      (error: unknown) => {
        throw new Error(`stuck: ${fleet.unfinished().slice(0, 10).join("\n")}`, { cause: error });
      },
    );
    const rest = await sampleOf(operator);
    const fifth = Math.max(1, Math.floor(samples.length / 4));
    const [first, last] = [spanOf(samples.slice(0, fifth)), spanOf(samples.slice(-fifth))];
    console.log(fleet.summary(), faults.summary());
    console.log(`first quarter ${JSON.stringify(first)}\nlast quarter ${JSON.stringify(last)}`);
    console.log(`at rest afterwards ${table([rest])}`);
    expect(last.heapMiB).toBeLessThan(1.3 * first.heapMiB + 10);
    expect(last.rssMiB).toBeLessThan(1.3 * first.rssMiB + 20);
    expect(rest.sockets).toBeLessThan(first.sockets + 20);
    expect(rest.timers).toBeLessThan(first.timers + 50);
    expect(rest.handles).toBeLessThanOrEqual(first.handles + 20);
  },
  (minutes + 30) * 60_000,
);
