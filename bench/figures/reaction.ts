import { setTimeout as sleep } from "node:timers/promises";
import { eventually } from "../../test/control-plane/eventually.ts";
import { onAnswer } from "../aws-calls.ts";
import { below, type Effort, type Figure, Parts, type Row } from "../figure.ts";
import { type Fleet, isHolding, isIdle, type Member, openFleet } from "../fleet.ts";
import { openPlace, type Place } from "../place.ts";
import { rounded, summaryOf } from "../statistics.ts";

/** Milliseconds from the answer of DescribeAlarms with ALARM to the answer of ModifyRule with the stable weights. */
type Rollback = { readonly member: string; readonly ms: number };

/** Watches the simulator for both moments of each member. */
function watchRollbacks({ simulator }: Place, fleet: Fleet, done: (rollback: Rollback) => void): () => void {
  const alarmed = new Map<string, number>();
  return onAnswer(simulator, ({ call, answeredAt }) => {
    if (call.outcome.kind !== "ok") return;
    if (call.operation === "DescribeAlarms") {
      const names = new Set(call.input["AlarmNames"] as readonly string[]);
      for (const member of fleet.members) {
        const { name, alarm } = member;
        if (!names.has(alarm) || alarmed.has(name)) continue;
        const firing = simulator.alarms.get(alarm)?.state === "ALARM";
        if (firing && shareOfB(simulator, member) > 0) alarmed.set(name, answeredAt);
      }
      return;
    }
    if (call.operation !== "ModifyRule") return;
    const member = fleet.members.find(({ stack }) => stack.ruleArn === call.input["RuleArn"]);
    const since = member && alarmed.get(member.name);
    if (member === undefined || since === undefined || shareOfB(simulator, member) > 0) return;
    alarmed.delete(member.name);
    done({ member: member.name, ms: answeredAt - since });
  });
}

function shareOfB(simulator: Place["simulator"], { stack }: Member): number {
  return simulator.elb.weights(stack.ruleArn)[stack.group("b")] ?? 0;
}

async function settle(fleet: Fleet, count: number): Promise<void> {
  await fleet.grow(count);
  await fleet.until("idle", isIdle);
}

type Crowd = {
  /** Releases that are held all the time. */
  readonly size: number;
  /** Alarms that fire together, between two polls. */
  readonly together: number;
  readonly poll: string;
};

/** Takes back some of many releases again and again; what was taken back is released again at once. */
async function among(
  { say }: Effort,
  count: number,
  { size, together, poll }: Crowd,
): Promise<readonly number[]> {
  const place = await openPlace({ timing: { healthCheckIntervalMs: 500, healthyThreshold: 1 } });
  try {
    const first = await place.operator();
    const fleet = await openFleet(place);
    await settle(fleet, 1);
    await fleet.release(fleet.members);
    await fleet.until("holding", isHolding);
    await first.kill("SIGTERM");
    await fleet.multiply(size + together);
    await place.operator({ "alarm-poll-interval": poll });
    await sleep(together > 1 ? 30_000 : 5_000);
    await fleet.until("holding", isHolding);
    say(`${fleet.members.length} releases are held`);
    const found: number[] = [];
    watchRollbacks(place, fleet, ({ ms }) => found.push(ms));
    let turn = [...fleet.members];
    while (found.length < count) {
      const firing = turn.slice(0, together);
      turn = [...turn.slice(together), ...firing];
      await eventually("those that fire are held", () => firing.every((member) => isHeld(fleet, member)), {
        withinMs: 180_000,
      });
      const until = found.length + firing.length;
      for (const { alarm } of firing) place.simulator.alarms.set(alarm, "ALARM");
      await eventually(`${until} rollbacks`, () => found.length >= until, { withinMs: 60_000 });
      for (const { alarm } of firing) place.simulator.alarms.set(alarm, "OK");
      await fleet.release(firing);
      if (found.length % 50 === 0) say(`${found.length} rollbacks among ${size}`);
    }
    await fleet.stop();
    return found;
  } finally {
    await place.close();
  }
}

function isHeld(fleet: Fleet, member: Member): boolean {
  const rollout = fleet.latest(member);
  return rollout !== undefined && isHolding(rollout);
}

function rowOf(what: string, values: readonly number[], limit: number): Row {
  const { p50, p99, max, count } = summaryOf(values);
  return {
    what: `${what}, ${count} rollbacks: p50 / p99 / most`,
    value: `${[p50, p99, max].map(rounded).join(" / ")} ms`,
    goal: `p99 under ${limit} ms`,
    ...below(limit, p99),
  };
}

/** From the read that sees ALARM to the stable weights. */
export const reaction: Figure = {
  name: "reaction",
  title: "The read that sees ALARM -> ModifyRule has answered with the stable weights",
  take: async (effort) => {
    const count = effort.quick ? 20 : 200;
    const crowd = effort.quick ? 20 : 100;
    const parts = new Parts(effort);
    const alone = { size: 1, together: 1, poll: "1s" };
    const one = await parts.take("alone", async () => await among(effort, count, alone));
    const others = { size: crowd, together: 10, poll: "10s" };
    const many = await parts.take("among others", async () => await among(effort, count, others));
    return {
      rows: [
        ...(one ? [rowOf("alone", one, 100)] : []),
        ...(many ? [rowOf(`with ${crowd} more releases held, 10 alarms at once`, many, 500)] : []),
      ],
      how: [
        "Both moments are those at which the simulator sends the answer. In between the operator parses the answer, plans, stores the intent in the status (one write to the API server), reads the rule and writes it.",
        "Rollouts whose targets are outside of the cluster (`destination`). Alone: one after the other, by turns of two rollouts so that the next is held already; polls every second so that their phase costs little of the bench's time. Among others: polls every 10 s, and ten alarms fire in the same poll.",
      ],
      raw: { alone: one, amongMany: many },
      failed: parts.failed,
    };
  },
};
