import { setTimeout as sleep } from "node:timers/promises";
import { type Effort, type Figure, Parts, type Row } from "../figure.ts";
import { isIdle, openFleet } from "../fleet.ts";
import { openPlace, type Place } from "../place.ts";
import { type Usage, usageOf } from "../process-usage.ts";
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
  { parts, say }: { readonly parts: Parts; readonly say: Effort["say"] },
): Promise<readonly Point[]> {
  const points: Point[] = [];
  const fleet = await openFleet(place);
  let operator = await place.operator();
  for (const size of sizes) {
    const point = await parts.take(`${size} rollouts`, async () => {
      if (size > 0 && fleet.members.length === 0) {
        await fleet.grow(1);
        await fleet.until("idle", isIdle);
      }
      await operator.kill("SIGTERM");
      if (size > 0) await fleet.multiply(size);
      operator = await place.operator({ "drift-poll-interval": "30s" });
      return await measure(operator.pid, size, seconds);
    });
    if (point === undefined) continue;
    points.push(point);
    say(`${size} rollouts: ${rounded(point.residentMiB)} MiB, at most ${rounded(point.peakMiB)} MiB`);
  }
  await fleet.stop();
  return points;
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
  take: async (effort) => {
    const { quick, say } = effort;
    const sizes = quick ? [0, 100] : [0, 100, 1_000, 3_000, 5_000];
    const seconds = quick ? 10 : 30;
    const parts = new Parts(effort);
    const place = await openPlace({ timing: { healthCheckIntervalMs: 5_000, healthyThreshold: 1 } });
    let found: readonly Point[];
    try {
      found = await outside(place, sizes, seconds, { parts, say });
    } finally {
      await place.close();
    }
    return {
      rows: found.map(rowOf),
      how: [
        "VmRSS, VmHWM and CPU time from /proc of the operator's process, the bundle under Node in the environment of the image (see the Dockerfile); without its flags Node lets its heap grow with the memory of the machine, to about twice as much with 1,000 rollouts. Each line of the first kind is a process of its own that was started with the rollouts there, 35 s after its start; the CPU is that of the 30 s after, with one drift poll of all (they come every 30 s here, every 60 s as installed).",
        "Rollouts whose targets are outside of the cluster, one alarm each; `crowd` has the memory with slots and pods.",
      ],
      raw: { outside: found },
      failed: parts.failed,
    };
  },
};
