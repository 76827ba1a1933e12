import { setTimeout as sleep } from "node:timers/promises";
import type { FaultKind } from "../../test/aws-simulator/faults.ts";
import { eventually } from "../../test/control-plane/eventually.ts";
import type { Figure, Row } from "../figure.ts";
import { openPodPlace, type PodPlace } from "../place.ts";
import { rounded } from "../statistics.ts";

/** What happened around a time without CloudWatch. */
type Outage = {
  readonly kind: string;
  readonly seconds: number;
  readonly writesMeanwhile: number;
  /** State and reason, in the order in which they came. */
  readonly states: readonly string[];
  /** Until the next weight, in seconds since CloudWatch came back. */
  readonly goesOnAfter: number;
  /** How it ended, and by how many writes. */
  readonly outcome: string;
  readonly weights: readonly number[];
};

type Cut = FaultKind & { readonly kind: "refuse" | "hang" };

async function suffer({ world }: PodPlace, fault: Cut, seconds: number): Promise<Outage> {
  const name = `outage-${fault.kind}`;
  const edge = await world.createEdge({ name });
  world.simulator.alarms.put(`${name}-5xx`);
  const rollout = world.rollouts.of({ name, edge });
  await rollout.apply({ version: "v1" });
  await rollout.waitForReady(60_000);
  await rollout.apply({
    version: "v2",
    alarms: [`${name}-5xx`],
    // Its hold is over long before CloudWatch comes back.
    steps: [
      { weight: 20, hold: "15s" },
      { weight: 50, hold: "5s" },
      { weight: 100, hold: "5s" },
    ],
    strategy: { stepTimeout: "10m" },
  });
  await rollout.waitForState("Holding", 60_000);
  await sleep(3_000);
  const before = edge.writes.length;
  const seenBefore = rollout.seen.length;
  const handle = world.simulator.faults.add({ ...fault, service: "monitoring" });
  await sleep(seconds * 1_000);
  const writesMeanwhile = edge.writes.length - before;
  const states = rollout.seen.slice(seenBefore).map(({ status }) => {
    const why = status?.conditions?.find(({ type }) => type === "Ready")?.reason;
    return `${status?.state} ${why}`;
  });
  const back = performance.now();
  handle.remove();
  await eventually("it goes on", () => edge.writes.length > before, { withinMs: 60_000, everyMs: 20 });
  const goesOnAfter = (performance.now() - back) / 1_000;
  const end = await rollout.waitFor(
    "it has ended",
    ({ status }) =>
      status?.state === "RolledBack" ||
      (status?.state === "Idle" &&
        status.history?.[0] !== undefined &&
        status.history[0].modelVersion === "v2"),
    90_000,
  );
  return {
    kind: fault.kind,
    seconds,
    writesMeanwhile,
    states: states.filter((state, index) => state !== states[index - 1]),
    goesOnAfter,
    outcome: end.status?.history?.[0]?.outcome ?? "none",
    weights: edge.writes.map(({ weights }) => weights.b),
  };
}

function rowOf({ kind, seconds, writesMeanwhile, states, goesOnAfter, outcome }: Outage): Row {
  const held = writesMeanwhile === 0 && outcome === "Promoted";
  return {
    what: `${seconds} s, ${kind === "hang" ? "calls hang" : "connections are cut"}`,
    value: `${writesMeanwhile} weights changed meanwhile (${states.join(", then ")}); the next one ${rounded(goesOnAfter)} s after it is back; in the end ${outcome}`,
    goal: "holds, then goes on",
    met: held,
    peers: {
      argo: "aborted after 55 s, or advanced blind where steps are shorter",
      flagger: "rolled back after 17 s, or let the queued step go without its hold",
    },
  };
}

/** Trouble may delay a release, never advance it, and is no reason to take it back. */
export const outage: Figure = {
  name: "outage",
  title: "CloudWatch unreachable for 60 s, the model healthy",
  take: async ({ quick, say }) => {
    const seconds = quick ? 25 : 60;
    const alone = async (fault: Cut): Promise<Outage> => {
      const place = await openPodPlace();
      try {
        await place.operator();
        const found = await suffer(place, fault, seconds);
        say(`${fault.kind}: ${found.outcome}`);
        return found;
      } finally {
        await place.close();
      }
    };
    // They wait most of the time, each in a cluster of its own.
    const [cut, hung] = await Promise.all([alone({ kind: "refuse" }), alone({ kind: "hang" })]);
    return {
      rows: [rowOf(cut), rowOf(hung)],
      how: [
        "Slots with 2 pods, the canary at 20 % in a hold of 15 s that is over during the outage; polls every 10 s, `stepTimeout` 10 min. With `unreadable.rollbackAfter` shorter than the outage the operator would take the canary back: a user's choice, not the default.",
      ],
      raw: { cut, hung },
    };
  },
};
