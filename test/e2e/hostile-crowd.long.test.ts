import { expect, test } from "vitest";
import { apiVersion, kind, plural } from "../../src/api/group.ts";
import { ApiClient } from "../control-plane/api-client.ts";
import { useOwnControlPlane } from "../control-plane/shared.ts";
import type { Rollout } from "../world/rollouts.ts";
import { startWorld, type World } from "../world/world.ts";

const cluster = useOwnControlPlane();
const crowdSize = 10_000;
const crowd = "crowd";
const writers = 40;

/** Half of them name a Deployment that does not exist, half a rule that does not: both are looked for again and again. */
function hostile(index: number): object {
  const name = `r${index}`;
  const elb = "arn:aws:elasticloadbalancing:us-east-1:123456789012:";
  const missing = {
    workloadRef: { apiVersion: "apps/v1", kind: "Deployment", name },
    traffic: { rollingUpdate: {} },
  };
  const nowhere = {
    destination: "a",
    traffic: {
      alb: {
        rules: [
          {
            arn: `${elb}listener-rule/app/none/0000000000000000/0000000000000000/${index.toString(16).padStart(16, "0")}`,
          },
        ],
        targetGroups: {
          a: `${elb}targetgroup/none-a/0000000000000000`,
          b: `${elb}targetgroup/none-b/0000000000000000`,
        },
      },
    },
  };
  const spec = {
    ...(index % 2 === 0 ? missing : nowhere),
    strategy: { steps: [{ weight: 50, hold: "1s" }] },
  };
  return { apiVersion, kind, metadata: { name }, spec };
}

async function gather(client: ApiClient): Promise<void> {
  await client.create("/api/v1/namespaces", { metadata: { name: crowd } });
  const path = `/apis/${apiVersion}/namespaces/${crowd}/${plural}`;
  let next = 0;
  const write = async (): Promise<void> => {
    for (let index = next++; index < crowdSize; index = next++) await client.create(path, hostile(index));
  };
  await Promise.all(Array.from({ length: writers }, write));
}

/** Milliseconds from the write of a version to its first weight, and from an abort to the weights of before. */
async function release(
  rollout: Rollout,
  version: string,
): Promise<{ readonly start: number; readonly back: number }> {
  const steps = [{ weight: 20, hold: "60s" }];
  const written = performance.now();
  await rollout.apply({ version, steps });
  const holding = await rollout.waitForState("Holding", 120_000);
  const start = Math.round(performance.now() - written);
  const aborted = performance.now();
  await rollout.annotate("abort", holding.status?.release ?? "");
  await rollout.waitForState("RolledBack", 120_000);
  return { start, back: Math.round(performance.now() - aborted) };
}

async function inWorld(live: (world: World) => Promise<void>): Promise<void> {
  const world = await startWorld({ controlPlane: cluster.plane });
  try {
    await live(world);
  } finally {
    await world.stop();
  }
}

test("10,000 rollouts of one namespace do not hold up another's release, nor its way back, nor a restart", async () => {
  await inWorld(async (world) => {
    // As in production: with a poll every second an answer is old before a plan of so many has its turn.
    const flags = {
      namespaces: false,
      "log-level": "info",
      "alarm-poll-interval": "10s",
      "drift-poll-interval": "60s",
    } as const;
    const first = await world.startOperator({ flags });
    await first.waitReady();
    const edge = await world.createEdge({ name: "team" });
    const rollout = world.rollouts.of({ name: "team", edge });
    await rollout.apply({});
    await rollout.waitForReady();
    const alone = await release(rollout, "v2");

    const client = new ApiClient(cluster.plane.kubeconfigPath, "modelrollout-test");
    await gather(client);
    // In the thick of it: most of them have not been looked at yet.
    const beside = await release(rollout, "v3");
    // The operator dies and comes back to all of them.
    await first.kill();
    const second = await world.startOperator({ flags });
    await second.waitReady(120_000);
    const led = performance.now();
    const restarted = await release(rollout, "v4");
    console.log(
      JSON.stringify({
        crowdSize,
        alone,
        beside,
        restarted,
        afterLeading: Math.round(performance.now() - led),
      }),
    );
    expect(beside.start).toBeLessThan(alone.start + 10_000);
    expect(beside.back).toBeLessThan(alone.back + 10_000);
    expect(restarted.back).toBeLessThan(alone.back + 10_000);
  });
}, 1_500_000);
