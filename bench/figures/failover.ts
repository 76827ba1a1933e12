import { setTimeout as sleep } from "node:timers/promises";
import type { ModelRolloutSpec } from "../../src/api/types.ts";
import { eventually } from "../../test/control-plane/eventually.ts";
import type { Edge } from "../../test/world/edge.ts";
import type { OperatorProcess } from "../../test/world/operator-process.ts";
import type { Rollout } from "../../test/world/rollouts.ts";
import { below, type Figure } from "../figure.ts";
import { openPodPlace, type PodPlace } from "../place.ts";
import { spread, summaryOf } from "../statistics.ts";

/** In milliseconds since the signal. */
type Handover = {
  readonly leadingMs: number;
  readonly nextWeightMs: number;
  /** How much of the hold was left when the signal was sent: without any failure it would have taken so long. */
  readonly heldForMs: number;
};

type Scene = {
  readonly place: PodPlace;
  readonly rollout: Rollout;
  readonly edge: Edge;
};

/** Each is short, so that the hold is over when the other replica leads. */
const stepsOf = (hold: string): NonNullable<ModelRolloutSpec["strategy"]["steps"]> =>
  [10, 20, 30, 40, 50, 60, 70, 80, 90].map((weight) => ({ weight, hold }));

/** Ends the leader in the middle of a hold; the standby is there already. */
async function handOver(
  { place, rollout, edge }: Scene,
  leader: OperatorProcess,
  standby: OperatorProcess,
  signal: NodeJS.Signals,
): Promise<Handover> {
  const writes = edge.writes.length;
  await eventually("a new weight", () => edge.writes.length > writes, { withinMs: 60_000, everyMs: 5 });
  const held = await rollout.waitFor(
    "it is held",
    ({ status }) =>
      status?.state === "Holding" &&
      status.step?.holdUntil !== undefined &&
      Date.parse(status.step.holdUntil) > Date.now() + 200,
  );
  await sleep(100);
  const since = performance.now();
  const heldForMs = Math.max(0, Date.parse(held.status?.step?.holdUntil ?? "") - Date.now());
  const before = edge.writes.length;
  const sentAt = Date.now();
  leader.signal(signal);
  await eventually("the next weight", () => edge.writes.length > before, { withinMs: 60_000, everyMs: 2 });
  const nextWeightMs = performance.now() - since;
  await standby.waitReady();
  const leading = standby.logs().find(({ msg }) => msg === "leading");
  await leader.ended;
  const last = place.world.operatorCalls("ModifyRule").at(-1);
  if (last === undefined) throw new Error("nobody has written the rule");
  return { leadingMs: Date.parse(String(leading?.["time"])) - sentAt, nextWeightMs, heldForMs };
}

async function run(
  place: PodPlace,
  signal: NodeJS.Signals,
  hold: string,
  runs: number,
): Promise<readonly Handover[]> {
  const { world } = place;
  const name = signal === "SIGKILL" ? "killed" : "stopped";
  const edge = await world.createEdge({ name });
  world.simulator.alarms.put(`${name}-5xx`);
  const rollout = world.rollouts.of({ name, edge });
  let leader = await place.operator();
  await rollout.apply({ version: "v1" });
  await rollout.waitForReady(60_000);
  const found: Handover[] = [];
  for (let index = 0; index < runs; index += 1) {
    const standby = await place.operator({}, { standby: true });
    await standby.waitForLog("started", ({ msg }) => msg === "started");
    // The last weight of a release is near: the next begins anew.
    const rest = rollout.latest?.status?.step?.weight ?? 100;
    if (rest > 60 || rollout.latest?.status?.state === "Idle") {
      await rollout.apply({ version: `v${index + 2}`, alarms: [`${name}-5xx`], steps: stepsOf(hold) });
    }
    await rollout.waitFor("it goes on", ({ status }) => (status?.weight?.acknowledged ?? 0) > 0, 90_000);
    found.push(await handOver({ place, rollout, edge }, leader, standby, signal));
    leader = standby;
  }
  await rollout.annotate("abort", rollout.latest?.status?.release ?? "");
  await leader.kill("SIGTERM");
  return found;
}

/** The leader goes. */
export const failover: Figure = {
  name: "failover",
  title: "The leader is killed or told to stop -> the next weight change",
  take: async ({ quick, say }) => {
    const runs = quick ? 2 : 5;
    const place = await openPodPlace();
    try {
      const stopped = await run(place, "SIGTERM", "1s", runs);
      say(`${runs} times told to stop`);
      const killed = await run(place, "SIGKILL", "3s", runs);
      say(`${runs} times killed`);
      const next = (all: readonly Handover[]): readonly number[] =>
        all.map(({ nextWeightMs }) => nextWeightMs);
      const lead = (all: readonly Handover[]): readonly number[] => all.map(({ leadingMs }) => leadingMs);
      const peers = { argo: "18 s", flagger: "77 s killed, 14 s told to stop" };
      return {
        rows: [
          {
            what: `kill -9 in mid-hold -> next weight change, ${runs} times (least / median / most)`,
            value: spread(next(killed)),
            goal: "under 8 s",
            ...below(8_000, summaryOf(next(killed)).max),
            peers,
          },
          { what: "of it until the other replica leads", value: spread(lead(killed)) },
          {
            what: `SIGTERM in mid-hold -> next weight change, ${runs} times`,
            value: spread(next(stopped)),
            goal: "under 2 s",
            ...below(2_000, summaryOf(next(stopped)).max),
            peers,
          },
          { what: "of it until the other replica leads", value: spread(lead(stopped)) },
        ],
        how: [
          "Two replicas of the bundle, a Lease of 6 s, polls every 10 s. The leader is hit about 100 ms after a hold began; the hold (3 s where it is killed, 1 s where it is told to stop) is over when, or soon after, the other one leads, and then the weight has to change.",
        ],
        raw: { killed, stopped },
      };
    } finally {
      await place.close();
    }
  },
};
