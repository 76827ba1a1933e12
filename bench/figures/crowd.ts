import { setTimeout as sleep } from "node:timers/promises";
import { eventually } from "../../test/control-plane/eventually.ts";
import { type CallCounter, countCalls, inWords, onAnswer } from "../aws-calls.ts";
import { type Effort, type Figure, Parts, type Row } from "../figure.ts";
import { isHolding, isIdle, openFleet } from "../fleet.ts";
import { openPlace } from "../place.ts";
import { usageOf } from "../process-usage.ts";
import { openSlotFleet } from "../slot-fleet.ts";
import { rounded } from "../statistics.ts";
import { elbShare } from "./aws-budget.ts";

/** How much longer than its requests need a fleet may take. */
const allowance = 1.3;
/** Before memory is looked at. */
const settleMs = 30_000;

/** A number of rollouts that all begin at once. */
type Beginning = {
  readonly size: number;
  readonly seconds: number;
  readonly calls: Readonly<Record<string, number>>;
  readonly residentMiB: number;
};

/**
 * ELB requests that `size` new rollouts with slots cannot do without: are both groups empty, is the one that gets the pods
 * healthy; tags of a rule, a listener and a load balancer each, 20 together.
 */
function neededFor(size: number): number {
  return 3 * size + Math.ceil((3 * size) / 20) + Math.ceil(size / 100);
}

const elbCalls = (counts: CallCounter): Readonly<Record<string, number>> =>
  Object.fromEntries(Object.entries(counts.counts()).filter(([operation]) => !/Alarm/.test(operation)));

async function begin(size: number, { say }: Effort): Promise<Beginning> {
  const place = await openPlace();
  try {
    const operator = await place.operator();
    const fleet = await openSlotFleet(place);
    const counter = countCalls(place.simulator);
    const since = performance.now();
    await fleet.grow(size);
    await fleet.ready(600_000);
    const seconds = (performance.now() - since) / 1_000;
    const calls = elbCalls(counter);
    counter.stop();
    say(`${size} are Ready after ${rounded(seconds)} s and ${inWords(calls)}`);
    await sleep(settleMs);
    const { residentMiB } = await usageOf(operator.pid);
    await fleet.stop();
    return { size, seconds, calls, residentMiB };
  } finally {
    await place.close();
  }
}

function beginningRows({ size, seconds, calls, residentMiB }: Beginning): readonly Row[] {
  const needed = neededFor(size);
  const least = needed / (elbShare / 60);
  const made = Object.values(calls).reduce((sum, count) => sum + count, 0);
  const many = size.toLocaleString("en");
  return [
    {
      what: `${many} new rollouts with two slots and 2 pods each, applied at once -> all Ready`,
      value: `${rounded(seconds)} s, ${made} requests to ELB (${inWords(calls)})`,
      goal: `${allowance} times what ${needed} requests take at 6 a second, ${Math.ceil(least * allowance)} s`,
      met: seconds <= least * allowance,
    },
    { what: `${many} of them: resident memory afterwards`, value: `${rounded(residentMiB)} MiB` },
  ];
}

/** When a process that finds so many releases held has read every rule, and every group's health. In seconds. */
type Restart = { readonly size: number; readonly rules: number; readonly groups: number };

async function restart(size: number, { say }: Effort): Promise<Restart> {
  const place = await openPlace({ timing: { healthCheckIntervalMs: 2_000, healthyThreshold: 1 } });
  try {
    const first = await place.operator();
    const fleet = await openFleet(place);
    await fleet.grow(1);
    await fleet.until("idle", isIdle);
    await fleet.release(fleet.members);
    await fleet.until("held", isHolding);
    await first.kill("SIGTERM");
    await fleet.multiply(size);
    const unread = {
      rules: new Set(fleet.members.map(({ stack }) => stack.ruleArn)),
      groups: new Set(fleet.members.flatMap(({ stack }) => [stack.group("a"), stack.group("b")])),
    };
    const stop = onAnswer(place.simulator, ({ call }) => {
      for (const arn of (call.input["RuleArns"] as readonly string[] | undefined) ?? [])
        unread.rules.delete(arn);
      if (call.operation === "DescribeTargetHealth")
        unread.groups.delete(call.input["TargetGroupArn"] as string);
    });
    const since = performance.now();
    const until = async (left: ReadonlySet<string>): Promise<number> => {
      await eventually("all are read", () => left.size === 0, { withinMs: 400_000, everyMs: 50 });
      return (performance.now() - since) / 1_000;
    };
    await place.operator();
    const rules = await until(unread.rules);
    const groups = await until(unread.groups);
    stop();
    say(`${size} held: rules after ${rounded(rules)} s, health after ${rounded(groups)} s`);
    await fleet.stop();
    return { size, rules, groups };
  } finally {
    await place.close();
  }
}

const restartRow = ({ size, rules, groups }: Restart): Row => ({
  what: `restart with ${size.toLocaleString("en")} releases held -> the weights of all were read / the health of all their targets`,
  value: `${rounded(rules)} / ${rounded(groups)} s`,
});

/** Many at once: everybody gets on, in about the time that the requests take. */
export const crowd: Figure = {
  name: "crowd",
  title: "Many rollouts at once, within the operator's share of ELB's requests",
  take: async (effort) => {
    const parts = new Parts(effort);
    const rows: Row[] = [];
    const raw: object[] = [];
    for (const size of effort.quick ? [20] : [100, 300]) {
      const found = await parts.take(`${size} new rollouts`, async () => await begin(size, effort));
      if (found === undefined) continue;
      raw.push(found);
      rows.push(...beginningRows(found));
    }
    const held = effort.quick ? 20 : 300;
    const again = await parts.take(`restart with ${held} held`, async () => await restart(held, effort));
    if (again) {
      raw.push(again);
      rows.push(restartRow(again));
    }
    return {
      rows,
      how: [
        "The operator allows itself 6 ELB requests a second of the account's 10 ([ADR 0010](adr/0010-reads-of-aws-stand-in-one-line.md)). Needed are, for each rollout, the health of both groups at the first sight and of one when its pods are Ready (one group per request), and the tags of rule, listener and load balancer (20 together).",
        "The first kind has a template, two Deployments, Services and TargetGroupBindings, ten rollouts in a namespace, pods played by kwok; the second has targets outside of the cluster. Each in a place of its own, polls every 10 s. After a restart health only guards: it is read in turn, for 20 rollouts with each poll.",
      ],
      raw,
      failed: parts.failed,
    };
  },
};
