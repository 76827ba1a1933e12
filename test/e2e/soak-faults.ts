import { setTimeout as sleep } from "node:timers/promises";
import type { FaultSpec } from "../aws-simulator/faults.ts";
import { createRandom } from "../aws-simulator/random.ts";
import type { ControlPlane } from "../control-plane/control-plane.ts";
import type { World } from "../world/world.ts";

/** Trouble that comes and goes. */
export type Weather = {
  /** `throttle 3, API server frozen 1, …`. */
  summary(): string;
  /** The last fault ends. */
  stop(): Promise<void>;
};

const aws: readonly FaultSpec[] = [
  { kind: "throttle" },
  { kind: "throttle", operation: "ModifyRule" },
  { kind: "error500" },
  { kind: "error503", service: "monitoring" },
  { kind: "slow", ms: 1_500 },
  { kind: "hang", operation: "DescribeTargetHealth" },
  { kind: "hang", operation: "DescribeAlarms" },
  { kind: "lostAnswer", operation: "ModifyRule" },
  { kind: "staleRead", ms: 3_000 },
  { kind: "expiredToken" },
  { kind: "refuse" },
  { kind: "garbage" },
];

/** One fault after the other, for some seconds each, with calm of as long in between. */
export function startFaults(plane: ControlPlane, world: World): Weather {
  const random = createRandom(7);
  const counts = new Map<string, number>();
  const stopping = new AbortController();
  const count = (name: string): void => void counts.set(name, (counts.get(name) ?? 0) + 1);
  const cluster: readonly (readonly [string, (ms: number) => Promise<void>])[] = [
    [
      "API server frozen",
      async (ms) => {
        plane.pauseApiServer();
        await sleep(ms);
        plane.resumeApiServer();
      },
    ],
    ["API server restarted", async () => await plane.restartApiServer()],
    [
      "AWS down",
      async (ms) => {
        await world.simulator.down();
        await sleep(ms);
        await world.simulator.up();
      },
    ],
  ];
  const once = async (): Promise<void> => {
    const ms = 2_000 + 8_000 * random();
    if (random() < 0.25) {
      const [name, run] = cluster[Math.floor(random() * cluster.length)] ?? [];
      if (name !== undefined) count(name);
      await run?.(ms);
      return;
    }
    const spec = aws[Math.floor(random() * aws.length)];
    if (spec === undefined) return;
    count([spec.kind, spec.operation].flat().join(" "));
    const handle = world.simulator.faults.add(spec);
    await sleep(ms);
    handle.remove();
  };
  const run = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      await once();
      await sleep(2_000 + 13_000 * random());
    }
  };
  const running = run();
  return {
    summary: () => `faults: ${[...counts].map(([name, times]) => `${name} ${times}`).join(", ")}`,
    stop: async () => {
      stopping.abort();
      await running;
    },
  };
}
