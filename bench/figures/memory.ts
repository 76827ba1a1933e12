import { setTimeout as sleep } from "node:timers/promises";
import type { Figure, Row } from "../figure.ts";
import { isIdle, openFleet } from "../fleet.ts";
import { openPlace, type Place } from "../place.ts";
import { type Usage, usageOf } from "../process-usage.ts";
import { openSlotFleet } from "../slot-fleet.ts";
import { rounded } from "../statistics.ts";

/** Idle rollouts, and what the operator uses with them. */
type Point = { readonly size: number; readonly cpuPercent: number } & Usage;

const goals: Readonly<Record<number, number>> = { 0: 100, 1_000: 180, 3_000: 400 };
const peers: Readonly<Record<number, { readonly argo: string; readonly flagger: string }>> = {
  0: { argo: "65 MiB", flagger: "53 MiB" },
  100: { argo: "89 MiB", flagger: "68 MiB" },
  1_000: { argo: "183 MiB", flagger: "111 MiB" },
  3_000: { argo: "457 MiB", flagger: "-" },
};

/** More than one drift poll, which is the first work after the start. */
const settleMs = 35_000;

/** Lets everything come to rest, then looks at a stretch of time. */
async function measure(pid: number, size: number, seconds: number): Promise<Point> {
  await sleep(settleMs);
  const before = await usageOf(pid);
  await sleep(seconds * 1_000);
  const after = await usageOf(pid);
  return { size, ...after, cpuPercent: ((after.cpuSeconds - before.cpuSeconds) / seconds) * 100 };
}

/** A process of its own for each size, started with the rollouts there. */
async function outside(
  place: Place,
  sizes: readonly number[],
  seconds: number,
  say: (line: string) => void,
): Promise<readonly Point[]> {
  const points: Point[] = [];
  const fleet = await openFleet(place);
  let operator = await place.operator();
  for (const size of sizes) {
    if (size > 0 && fleet.members.length === 0) {
      await fleet.grow(1);
      await fleet.until("idle", isIdle);
    }
    await operator.kill("SIGTERM");
    if (size > 0) await fleet.multiply(size);
    operator = await place.operator({ "drift-poll-interval": "30s" });
    const point = await measure(operator.pid, size, seconds);
    points.push(point);
    say(`${size} rollouts: ${rounded(point.residentMiB)} MiB, at most ${rounded(point.peakMiB)} MiB`);
  }
  await fleet.stop();
  return points;
}

async function slots(sizes: readonly number[], seconds: number, say: (line: string) => void) {
  const place = await openPlace();
  try {
    const operator = await place.operator();
    const fleet = await openSlotFleet(place);
    const points: Point[] = [];
    for (const size of sizes) {
      await fleet.grow(size);
      await fleet.ready(600_000);
      const point = await measure(operator.pid, size, seconds);
      points.push(point);
      say(`${size} rollouts with pods: ${rounded(point.residentMiB)} MiB`);
    }
    await fleet.stop();
    return points;
  } finally {
    await place.close();
  }
}

function rowOf({ size, residentMiB, peakMiB, cpuPercent }: Point): Row {
  const goal = goals[size];
  const compared = peers[size];
  return {
    what: `${size.toLocaleString("en")} rollouts`,
    value: `${rounded(residentMiB)} MiB resident (most ever ${rounded(peakMiB)}), CPU at rest ${rounded(cpuPercent)} % of one core`,
    ...(goal === undefined ? {} : { goal: `under ${goal} MiB`, met: residentMiB < goal }),
    ...(compared === undefined ? {} : { peers: compared }),
  };
}

/** What the process needs. */
export const memory: Figure = {
  name: "memory",
  title: "Memory and CPU at rest",
  take: async ({ quick, say }) => {
    const sizes = quick ? [0, 100] : [0, 100, 1_000, 3_000, 5_000];
    const withPods = quick ? [20] : [100, 300];
    const seconds = quick ? 10 : 30;
    const place = await openPlace({ timing: { healthCheckIntervalMs: 5_000, healthyThreshold: 1 } });
    let found: readonly Point[];
    try {
      found = await outside(place, sizes, seconds, say);
    } finally {
      await place.close();
    }
    const podded = await slots(withPods, seconds, say);
    return {
      rows: [
        ...found.map(rowOf),
        ...podded.map((point) => ({
          what: `${point.size.toLocaleString("en")} rollouts with two slots and 2 pods each`,
          value: rowOf(point).value,
        })),
      ],
      how: [
        "VmRSS, VmHWM and CPU time from /proc of the operator's process, the bundle under Node in the environment of the image (see the Dockerfile); without its flags Node lets its heap grow with the memory of the machine, to about twice as much with 1,000 rollouts. Each line of the first kind is a process of its own that was started with the rollouts there, 35 s after its start; the CPU is that of the 30 s after, with one drift poll of all (they come every 30 s here, every 60 s as installed). The realistic kind comes while the process runs.",
        "Rollouts whose targets are outside of the cluster, one alarm each; the last lines are the realistic kind (template, two Deployments, Services and TargetGroupBindings, pods played by kwok).",
      ],
      raw: { outside: found, slots: podded },
    };
  },
};
