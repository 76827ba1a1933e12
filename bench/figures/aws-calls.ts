import { setTimeout as sleep } from "node:timers/promises";
import { eventually } from "../../test/control-plane/eventually.ts";
import { countCalls, inWords, perMinute } from "../aws-calls.ts";
import { type Figure, Parts, type Row } from "../figure.ts";
import { isHolding, isIdle, openFleet } from "../fleet.ts";
import { countRequests } from "../kube-requests.ts";
import { openPlace, type Place } from "../place.ts";
import { usageOf } from "../process-usage.ts";
import { rounded } from "../statistics.ts";
import { budgetOf, exceeded } from "./aws-budget.ts";

/** What holding releases costs. */
export const awsCalls: Figure = {
  name: "aws-calls",
  title: "AWS calls per minute while releases are held",
  take: async (effort) => {
    const { quick, say } = effort;
    const parts = new Parts(effort);
    const sizes = quick ? [1, 20] : [1, 100, 1_000];
    const seconds = quick ? 30 : 60;
    const place = await openPlace({ timing: { healthCheckIntervalMs: 2_000, healthyThreshold: 1 } });
    const rows: Row[] = [];
    const raw: object[] = [];
    try {
      let operator = await place.operator();
      const fleet = await openFleet(place);
      await fleet.grow(1);
      await fleet.until("idle", isIdle);
      await fleet.release(fleet.members);
      await fleet.until("held", isHolding);
      for (const size of sizes) {
        await parts.take(`holding ${size}`, async () => {
          if (size > 1) {
            await operator.kill("SIGTERM");
            await fleet.multiply(size);
            operator = await place.operator();
          }
          const calm = await untilCalm(place, size);
          say(`${size} releases are held; everything was read ${rounded(calm)} s after the start`);
          const calls = countCalls(place.simulator);
          const since = Date.now();
          const before = await usageOf(operator.pid);
          await sleep(seconds * 1_000);
          const after = await usageOf(operator.pid);
          calls.stop();
          const requests = countRequests(await place.requests(since, Date.now()));
          const aws = perMinute(calls.counts(), seconds);
          const budget = budgetOf(size);
          const over = exceeded(aws, budget);
          const cpu = ((after.cpuSeconds - before.cpuSeconds) / seconds) * 100;
          rows.push({
            what: `holding ${size.toLocaleString("en")}`,
            value: `${inWords(aws)}; refused ${calls.failed}; CPU ${rounded(cpu)} % of one core; Kubernetes requests ${requests.total}`,
            goal: `at most ${inWords(budget)}`,
            met: over.length === 0,
            ...(over.length === 0 ? {} : { reason: over.join("; ") }),
          });
          rows.push({
            what: `holding ${size.toLocaleString("en")}: resident memory`,
            value: `${rounded(after.residentMiB)} MiB`,
          });
          raw.push({ size, seconds, aws, failed: calls.failed, calm, after, requests, cpuPercent: cpu });
        });
      }
      await fleet.stop();
    } finally {
      await place.close();
    }
    return {
      rows,
      how: [
        "Rollouts whose targets are outside of the cluster, one rule, two target groups and one alarm each, in one account and region; polls every 10 s, as installed.",
        "The budgets are the design's: one DescribeAlarms per 100 names and poll, at most one rule read per release and poll (100 rules share a request), one target-health read per group and poll, all ELB reads together within the operator's own share of 6 a second. A poll comes after 8.5 to 10 s (alarms) and 9.5 to 10.5 s (rules).",
      ],
      raw,
      failed: parts.failed,
    };
  },
};

/** Until tags and attributes, which are read once after a start, are asked for no more. @returns seconds */
async function untilCalm({ simulator }: Place, size: number): Promise<number> {
  const since = performance.now();
  const calls = countCalls(simulator);
  const once = (): number => {
    const { DescribeTags = 0, DescribeTargetGroupAttributes = 0 } = calls.counts();
    return DescribeTags + DescribeTargetGroupAttributes;
  };
  let [before, still] = [-1, 0];
  await eventually(
    `${size} releases: tags and attributes are known`,
    () => {
      still = once() === before ? still + 1 : 0;
      before = once();
      return still >= 15;
    },
    { withinMs: 600_000, everyMs: 1_000 },
  );
  calls.stop();
  return (performance.now() - since) / 1_000;
}
