import { setTimeout as sleep } from "node:timers/promises";
import { countCalls, inWords, perMinute } from "../aws-calls.ts";
import type { Figure } from "../figure.ts";
import { isIdle, openFleet } from "../fleet.ts";
import { countRequests, requestKinds, verbsInWords } from "../kube-requests.ts";
import { openPlace } from "../place.ts";
import { usageOf } from "../process-usage.ts";
import { rounded } from "../statistics.ts";

/** Nothing is released: what does the operator still ask for? */
export const rest: Figure = {
  name: "rest",
  title: "Requests per minute at rest",
  take: async ({ quick, say }) => {
    const size = quick ? 100 : 1_000;
    const seconds = quick ? 65 : 120;
    const place = await openPlace({ timing: { healthCheckIntervalMs: 2_000, healthyThreshold: 1 } });
    try {
      const first = await place.operator();
      const fleet = await openFleet(place);
      await fleet.grow(1);
      await fleet.until("idle", isIdle);
      await first.kill("SIGTERM");
      await fleet.multiply(size);
      const operator = await place.operator();
      say(`${size} rollouts are idle`);
      // One drift poll, and what a start may still have to tell.
      await sleep(70_000);
      await fleet.until("idle", isIdle);
      const calls = countCalls(place.simulator);
      const from = Date.now();
      const before = await usageOf(operator.pid);
      await sleep(seconds * 1_000);
      const after = await usageOf(operator.pid);
      const requests = await place.requests(from, Date.now());
      const count = countRequests(requests);
      const aws = perMinute(calls.counts(), seconds);
      const minute = (value: number): number => Math.round((value / seconds) * 600) / 10;
      const cpu = ((after.cpuSeconds - before.cpuSeconds) / seconds) * 1_000;
      await fleet.stop();
      return {
        rows: [
          {
            what: `to the Kubernetes API, ${size.toLocaleString("en")} rollouts, beside Lease and watches`,
            value: `${minute(count.total)} a minute (${verbsInWords(count)}), events ${minute(count.events)}`,
            goal: "none",
            met: count.total + count.events === 0,
            peers: { argo: "0", flagger: "6,000 at 100 objects every 10 s" },
          },
          {
            what: "for the Lease (read by the standby too; one replica here)",
            value: `${minute(count.lease)} a minute`,
            peers: { argo: "30", flagger: "-" },
          },
          {
            what: "watches opened again",
            value: `${minute(count.watches)} a minute`,
          },
          {
            what: `to AWS, ${size.toLocaleString("en")} rollouts`,
            value: `${inWords(aws)} a minute`,
            goal: `DescribeRules at most ${Math.ceil(size / 100)} a minute, nothing else`,
            met: onlyRules(aws, Math.ceil(size / 100) * 1.2),
          },
          { what: "CPU", value: `${rounded(cpu)} ms a second (${rounded(cpu / 10)} % of one core)` },
        ],
        how: [
          `${size.toLocaleString("en")} settled rollouts (targets outside of the cluster), polls every 10 s, drift polls every 60 s, ${seconds} s of the API server's audit log and of the simulator's calls.`,
        ],
        raw: { seconds, count, kinds: requestKinds(requests), aws, cpuMsPerSecond: cpu },
      };
    } finally {
      await place.close();
    }
  },
};

/** The drift poll comes a little early or late by chance. */
function onlyRules(aws: Readonly<Record<string, number>>, most: number): boolean {
  return Object.entries(aws).every(([operation, count]) => operation === "DescribeRules" && count <= most);
}
