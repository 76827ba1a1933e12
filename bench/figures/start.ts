import { eventually } from "../../test/control-plane/eventually.ts";
import { below, type Figure } from "../figure.ts";
import { isIdle, openFleet } from "../fleet.ts";
import { countRequests, verbsInWords } from "../kube-requests.ts";
import { openPlace, type Place } from "../place.ts";
import { usageOf } from "../process-usage.ts";
import { rounded, spread, summaryOf } from "../statistics.ts";

/** One start of the process, in milliseconds since it was spawned. */
type Start = {
  readonly leadingMs: number;
  /** The first rollout was looked at to the end. */
  readonly firstReconcileMs: number;
  /** Every rollout was. */
  readonly settledMs: number;
  readonly cpuSeconds: number;
  readonly requests: number;
};

const finished = /^controller_runtime_reconcile_total\{[^}]*\} (\d+)/gm;

/** How often `reconcile` has ended so far, by the operator's own metrics. */
async function reconciled(metricsUrl: string): Promise<number> {
  const text = await fetch(`${metricsUrl}/metrics`).then((response) => response.text());
  return [...text.matchAll(finished)].reduce((sum, [, count]) => sum + Number(count), 0);
}

/** The queue is empty and nobody works. */
async function isQuiet(metricsUrl: string): Promise<boolean> {
  const text = await fetch(`${metricsUrl}/metrics`).then((response) => response.text());
  const value = (name: string): number =>
    Number(new RegExp(`^${name}(?:\\{[^}]*\\})? (\\d+)`, "m").exec(text)?.[1] ?? 1);
  return value("workqueue_depth") === 0 && value("controller_runtime_active_workers") === 0;
}

async function startOnce(place: Place, size: number): Promise<Start> {
  const from = Date.now();
  const since = performance.now();
  const elapsed = (): number => performance.now() - since;
  const operator = await place.operator({}, { standby: true });
  await operator.waitReady();
  const leading = operator.logs().find(({ msg }) => msg === "leading");
  const leadingMs = Date.parse(String(leading?.["time"])) - from;
  const often = { everyMs: 5, withinMs: 300_000 };
  await eventually("a reconcile has ended", async () => (await reconciled(operator.metricsUrl)) > 0, often);
  const firstReconcileMs = elapsed();
  await eventually(
    "all were looked at, and the queue is empty",
    async () => (await reconciled(operator.metricsUrl)) >= size && (await isQuiet(operator.metricsUrl)),
    { everyMs: 20, withinMs: 300_000 },
  );
  const settledMs = elapsed();
  const { cpuSeconds } = await usageOf(operator.pid);
  const { total, events } = countRequests(await place.requests(from));
  await operator.kill("SIGTERM");
  return { leadingMs, firstReconcileMs, settledMs, cpuSeconds, requests: total + events };
}

/** A new process. */
export const start: Figure = {
  name: "start",
  title: "Start of the process, and restart with many rollouts",
  take: async ({ quick, say }) => {
    const size = quick ? 100 : 1_000;
    const runs = quick ? 2 : 5;
    const place = await openPlace({ timing: { healthCheckIntervalMs: 2_000, healthyThreshold: 1 } });
    try {
      const fleet = await openFleet(place);
      const first = await place.operator();
      await fleet.grow(1);
      await fleet.until("idle", isIdle);
      await first.kill("SIGTERM");
      const alone: Start[] = [];
      for (let run = 0; run < runs; run += 1) alone.push(await startOnce(place, 1));
      say(`${runs} starts with one rollout`);
      await fleet.multiply(size);
      say(`${size} rollouts are idle`);
      const many: Start[] = [];
      for (let run = 0; run < runs; run += 1) many.push(await startOnce(place, size));
      const sample = await requestsOfOne(place, size);
      await fleet.stop();
      const firsts = alone.map(({ firstReconcileMs }) => firstReconcileMs);
      const settled = many.map(({ settledMs }) => settledMs);
      const asked = many.map(({ requests }) => requests);
      const many_ = size.toLocaleString("en");
      return {
        rows: [
          {
            what: "process start -> the first reconcile has ended, 1 rollout (least / median / most)",
            value: spread(firsts),
            goal: "under 1 s",
            ...below(1_000, summaryOf(firsts).p50),
            peers: {
              argo: "0.2 s; after an ordinary restart 15 s, its Lease is never released",
              flagger: "10 s",
            },
          },
          {
            what: `the same with ${many_} rollouts`,
            value: spread(many.map(({ firstReconcileMs }) => firstReconcileMs)),
          },
          {
            what: `process start -> all ${many_} were looked at and the queue is empty`,
            value: `${spread(settled)}, CPU ${rounded(summaryOf(many.map(({ cpuSeconds }) => cpuSeconds)).p50)} s`,
          },
          {
            what: `Kubernetes requests of a restart at ${many_}, beside Lease and watches`,
            value: `${summaryOf(asked).p50} (${sample})`,
            peers: { argo: "3,464", flagger: "-" },
          },
        ],
        how: [
          `Stopped with SIGTERM, so the Lease is free; ${runs} starts each, spawned as \`node dist/main.mjs\`. The ends of reconciles and the depth of the queue are read from /metrics, every few milliseconds.`,
        ],
        raw: { alone, many },
      };
    } finally {
      await place.close();
    }
  },
};

async function requestsOfOne(place: Place, size: number): Promise<string> {
  const from = Date.now();
  await startOnce(place, size);
  return verbsInWords(countRequests(await place.requests(from)));
}
