import { setTimeout as sleep } from "node:timers/promises";
import { eventually } from "../../test/control-plane/eventually.ts";
import type { Edge } from "../../test/world/edge.ts";
import type { Rollout } from "../../test/world/rollouts.ts";
import { onAnswer } from "../aws-calls.ts";
import type { Figure, Row } from "../figure.ts";
import { openPodPlace, type PodPlace } from "../place.ts";
import { spread } from "../statistics.ts";

type Released = {
  readonly name: string;
  readonly alarm: string;
  readonly edge: Edge;
  readonly rollout: Rollout;
};

/** Polls as installed. */
const pollMs = 10_000;

/** Rollouts with pods of their own that hold 50 % for their second version. */
async function heldReleases(
  { world }: PodPlace,
  prefix: string,
  count: number,
  putAlarm: (alarm: string) => void,
): Promise<readonly Released[]> {
  const made = await Promise.all(
    Array.from({ length: count }, async (_, index): Promise<Released> => {
      const name = `${prefix}-${index}`;
      const edge = await world.createEdge({ name });
      putAlarm(`${name}-5xx`);
      return { name, alarm: `${name}-5xx`, edge, rollout: world.rollouts.of({ name, edge }) };
    }),
  );
  await Promise.all(made.map(async ({ rollout }) => await rollout.apply({ version: "v1" })));
  await Promise.all(made.map(async ({ rollout }) => await rollout.waitForReady(120_000)));
  await Promise.all(
    made.map(async ({ rollout, alarm }) => {
      await rollout.apply({ version: "v2", alarms: [alarm], steps: [{ weight: 50, hold: "1h" }] });
    }),
  );
  await Promise.all(made.map(async ({ rollout }) => await rollout.waitForState("Holding", 120_000)));
  return made;
}

/** Makes each fail in turn, evenly spread over one poll; how long until the answer that its canary has weight 0. */
async function reactions(
  { world }: PodPlace,
  releases: readonly Released[],
  fail: (alarm: string) => void,
): Promise<readonly number[]> {
  const failedAt = new Map<string, number>();
  const took = new Map<string, number>();
  const forget = onAnswer(world.simulator, ({ call, answeredAt }) => {
    if (call.operation !== "ModifyRule" || call.outcome.kind !== "ok") return;
    const hit = releases.find(({ edge }) => edge.stack.ruleArn === call.input["RuleArn"]);
    const since = hit && failedAt.get(hit.name);
    if (hit === undefined || since === undefined || took.has(hit.name) || hit.edge.weights().b > 0) return;
    took.set(hit.name, answeredAt - since);
  });
  const began = performance.now();
  for (const [index, { name, alarm }] of releases.entries()) {
    await sleep(Math.max(0, began + (index * pollMs) / releases.length - performance.now()));
    failedAt.set(name, performance.now());
    fail(alarm);
  }
  await eventually("all are taken back", () => took.size === releases.length, { withinMs: 90_000 });
  forget();
  return [...took.values()];
}

const metricOf = (alarm: string) => ({
  Namespace: "Bench",
  MetricName: "Errors",
  Dimensions: [{ Name: "Release", Value: alarm }],
});

/** From the bad datapoint to the canary without traffic. */
export const rollback: Figure = {
  name: "rollback",
  title: "Bad datapoint -> canary weight 0, polls every 10 s",
  take: async ({ quick, say }) => {
    const count = quick ? 4 : 12;
    const place = await openPodPlace();
    const { simulator } = place.world;
    try {
      await place.operator();
      const set = await heldReleases(place, "set", count, (alarm) => simulator.alarms.put(alarm));
      say(`${count} releases are held`);
      const direct = await reactions(place, set, (alarm) => simulator.alarms.set(alarm, "ALARM"));
      const putMetricAlarm = (alarm: string): void => {
        simulator.invoke("monitoring", "PutMetricAlarm", {
          AlarmName: alarm,
          ...metricOf(alarm),
          Statistic: "Sum",
          Period: 10,
          EvaluationPeriods: 1,
          Threshold: 0,
          ComparisonOperator: "GreaterThanThreshold",
          TreatMissingData: "notBreaching",
        });
      };
      const putDatapoint = (alarm: string): void => {
        const datum = { ...metricOf(alarm), Value: 1, StorageResolution: 1 };
        const { Namespace, ...MetricDatum } = datum;
        simulator.invoke("monitoring", "PutMetricData", { Namespace, MetricData: [MetricDatum] });
      };
      const measured = await heldReleases(place, "put", count, putMetricAlarm);
      say(`${count} more, with alarms on a metric`);
      const whole = await reactions(place, measured, putDatapoint);
      return { rows: rowsOf(direct, whole), how, raw: { direct, whole } };
    } finally {
      await place.close();
    }
  },
};

const how = [
  "Slots with 2 pods each, the canary at 50 %. The failures are spread evenly over one poll. The end is the moment at which AWS answers the ModifyRule that gives the canary weight 0.",
  "The peers query the metric themselves, so their figure begins with the datapoint, and with their documented limits (a failure limit of 3, a threshold of 5) they need several polls. The operator reads CloudWatch alarms: the first line begins when the alarm is in ALARM, the second with the datapoint, the alarm's own evaluation included (period 10 s, 1 of 1, evaluated every 10 s, the shortest that CloudWatch has; the simulator delivers datapoints without delay).",
];

function rowsOf(direct: readonly number[], whole: readonly number[]): readonly Row[] {
  return [
    {
      what: `ALARM -> canary weight 0, ${direct.length} phases (least / median / most)`,
      value: spread(direct),
      goal: "faster than the peers at their fastest, 11.3 s at most",
      met: Math.max(...direct) < 11_300,
      peers: {
        argo: "0.9 / 4.4 / 11.3 s; with its documented limit of 3: 31 / 35 / 40 s",
        flagger: "10 / 16 / 19 s; with threshold 5: 51 / 55 / 59 s",
      },
    },
    {
      what: `bad datapoint -> alarm with a period of 10 s -> canary weight 0, ${whole.length} phases`,
      value: spread(whole),
    },
  ];
}
