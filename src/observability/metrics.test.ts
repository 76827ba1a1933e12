import { describe, expect, test } from "vitest";
import { VirtualClock } from "../../test/runtime/virtual-clock.ts";
import type { HistoryEntry, ModelRollout, ModelRolloutStatus } from "../api/types.ts";
import { KubeError } from "../runtime/kube-error.ts";
import { Runner, TerminalError } from "../runtime/runner.ts";
import { metricTable } from "./metric-table.ts";
import { createMetrics, type Metrics } from "./metrics.ts";

/** The lines of a metric, without its comments. */
async function linesOf(metrics: Metrics, name: string): Promise<readonly string[]> {
  const text = await metrics.text();
  return text.split("\n").filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `));
}

function leading(): Metrics {
  const metrics = createMetrics({ version: "1.2.3" });
  metrics.leader(true);
  return metrics;
}

function rollout(status: ModelRolloutStatus, name = "sentiment", uid = `uid-${name}`): ModelRollout {
  return {
    apiVersion: "modelrollout.dev/v1alpha1",
    kind: "ModelRollout",
    metadata: {
      name,
      namespace: "prod",
      uid,
      resourceVersion: "1",
      generation: 1,
      creationTimestamp: "2026-11-21T10:00:00Z",
    },
    spec: { traffic: { alb: { rules: [], targetGroups: { a: "a", b: "b" } } }, strategy: {} },
    status,
  } as unknown as ModelRollout;
}

function entry(more: Partial<HistoryEntry>): HistoryEntry {
  return {
    release: "9c02ab34ef-1",
    revision: "9c02ab34ef",
    outcome: "Promoted",
    reason: "Promoted",
    message: "",
    startedAt: "2026-11-21T10:00:00.000Z",
    finishedAt: "2026-11-21T10:10:00.000Z",
    ...more,
  };
}

test("the text has the version, the process, and every metric of the table with its help", async () => {
  const metrics = createMetrics({ version: "1.2.3" });
  const text = await metrics.text();
  expect(metrics.contentType).toContain("text/plain");
  expect(text).toContain('modelrollout_build_info{version="1.2.3"} 1');
  expect(text).toContain("process_cpu_seconds_total");
  for (const [name, { help }] of Object.entries(metricTable))
    expect(text).toContain(`# HELP ${name} ${help}`);
});

test("two sets of metrics know nothing of each other", async () => {
  const [one, other] = [leading(), leading()];
  one.rolloutChanged(undefined, rollout({ state: "Idle" }));
  expect(await linesOf(one, "modelrollout_info")).toHaveLength(1);
  expect(await linesOf(other, "modelrollout_info")).toEqual([]);
});

describe("the work queue, with a real runner", () => {
  async function run(reconcile: (key: string) => Promise<{ requeueAfterMs?: number }>) {
    const metrics = createMetrics({ version: "x" });
    const clock = new VirtualClock();
    const listener = metrics.queueListener("modelrollout");
    const runner = new Runner({ clock, random: () => 0.5, reconcile, workers: 1, listener });
    metrics.sampleQueue("modelrollout", runner);
    runner.start();
    return { metrics, clock, runner };
  }

  test("counts what ran, how it ended and how long it waited", async () => {
    const { metrics, clock, runner } = await run(async (key) => {
      if (key === "a/bad") throw new Error("no");
      if (key === "a/worse") throw new TerminalError("never");
      return key === "a/again" ? { requeueAfterMs: 3_600_000 } : {};
    });
    for (const key of ["a/good", "a/again", "a/bad", "a/worse"]) runner.enqueue(key);
    await clock.advance(10);
    const results = await linesOf(metrics, "controller_runtime_reconcile_total");
    expect(results).toEqual([
      'controller_runtime_reconcile_total{controller="modelrollout",result="success"} 1',
      'controller_runtime_reconcile_total{controller="modelrollout",result="requeue_after"} 1',
      'controller_runtime_reconcile_total{controller="modelrollout",result="error"} 2',
    ]);
    expect(await linesOf(metrics, "controller_runtime_reconcile_errors_total")).toEqual([
      'controller_runtime_reconcile_errors_total{controller="modelrollout"} 2',
    ]);
    expect(await linesOf(metrics, "controller_runtime_terminal_reconcile_errors_total")).toEqual([
      'controller_runtime_terminal_reconcile_errors_total{controller="modelrollout"} 1',
    ]);
    expect(await linesOf(metrics, "workqueue_adds_total")).toEqual([
      'workqueue_adds_total{name="modelrollout",controller="modelrollout"} 4',
    ]);
    expect(await linesOf(metrics, "workqueue_retries_total")).toEqual([
      'workqueue_retries_total{name="modelrollout",controller="modelrollout"} 1',
    ]);
    expect(await linesOf(metrics, "workqueue_queue_duration_seconds_count")).toEqual([
      'workqueue_queue_duration_seconds_count{name="modelrollout",controller="modelrollout"} 4',
    ]);
  });

  test("shows at each scrape what waits and what runs", async () => {
    const held = Promise.withResolvers<void>();
    const { metrics, clock, runner } = await run(async () => {
      await held.promise;
      return {};
    });
    runner.enqueue("a/one");
    runner.enqueue("a/two");
    await clock.advance(1_500);
    const text = await metrics.text();
    const labels = 'name="modelrollout",controller="modelrollout"';
    expect(text).toContain(`workqueue_depth{${labels}} 1`);
    expect(text).toContain(`workqueue_unfinished_work_seconds{${labels}} 1.5`);
    expect(text).toContain(`workqueue_longest_running_processor_seconds{${labels}} 1.5`);
    expect(text).toContain('controller_runtime_active_workers{controller="modelrollout"} 1');
    held.resolve();
    await clock.advance(1);
    expect(await metrics.text()).toContain(`workqueue_depth{${labels}} 0`);
  });
});

describe("rollouts", () => {
  const status: ModelRolloutStatus = {
    state: "Holding",
    step: {
      index: 1,
      count: 3,
      weight: 50,
      weights: [10, 50, 100],
      startedAt: "2026-11-21T10:00:00.000Z",
      spentMs: 0,
      pauses: 0,
    },
    weight: { desired: 50, acknowledged: 50, observed: 49.5 },
    conditions: [
      {
        type: "Ready",
        status: "False",
        reason: "Holding",
        message: "",
        lastTransitionTime: "2026-11-21T10:00:00.000Z",
      },
    ],
  };
  const who = 'namespace="prod",name="sentiment"';

  test("are shown by the leader only, and follow the status", async () => {
    const metrics = createMetrics({ version: "x" });
    metrics.rolloutChanged(undefined, rollout(status));
    expect(await metrics.text()).not.toContain(who);
    expect(await metrics.text()).toContain('leader_election_master_status{name="modelrollout"} 0');
    metrics.leader(true);
    const text = await metrics.text();
    expect(text).toContain('leader_election_master_status{name="modelrollout"} 1');
    expect(text).toContain(`modelrollout_info{${who},state="Holding",traffic="alb"} 1`);
    expect(text).toContain(`modelrollout_step{${who}} 2`);
    expect(text).toContain(`modelrollout_weight{${who},kind="observed"} 49.5`);
    expect(text).toContain(`modelrollout_condition{${who},type="Ready",status="False"} 1`);
    expect(text).toContain(`modelrollout_promotions_total{${who}} 0`);

    const idle = rollout({ state: "Idle", weight: { desired: 0, acknowledged: 0 } });
    metrics.rolloutChanged(rollout(status), idle);
    const later = await metrics.text();
    expect(await linesOf(metrics, "modelrollout_info")).toEqual([
      `modelrollout_info{${who},state="Idle",traffic="alb"} 1`,
    ]);
    expect(later).toContain(`modelrollout_step{${who}} 0`);
    expect(later).not.toContain("modelrollout_condition{");
    expect(later).not.toContain('kind="observed"');

    metrics.leader(false);
    expect(await linesOf(metrics, "modelrollout_weight")).toEqual([]);
  });

  test("that are deleted leave no series", async () => {
    const metrics = leading();
    const before = rollout(status);
    metrics.rolloutChanged(undefined, before);
    const history = [entry({ outcome: "RolledBack", reason: "Aborted" })];
    metrics.rolloutChanged(before, rollout({ ...status, history }));
    metrics.rolloutChanged(undefined, rollout(status, "other"));
    metrics.rolloutChanged(before, undefined);
    expect(await metrics.text()).not.toContain(who);
    expect(await linesOf(metrics, "modelrollout_info")).toHaveLength(1);
  });

  test("of the same name but another UID start from nothing", async () => {
    const metrics = leading();
    metrics.rolloutChanged(undefined, rollout(status));
    metrics.rolloutChanged(rollout(status), rollout({ ...status, history: [entry({})] }));
    metrics.rolloutChanged(undefined, rollout({ history: [entry({ release: "x-1" })] }, "sentiment", "new"));
    expect(await linesOf(metrics, "modelrollout_promotions_total")).toEqual([
      `modelrollout_promotions_total{${who}} 0`,
    ]);
  });

  test("count each release once, when it ends, not those from before this process", async () => {
    const metrics = leading();
    const old = rollout({ history: [entry({ release: "old-1" })] });
    metrics.rolloutChanged(undefined, old);
    const failed = entry({ release: "bad-1", outcome: "RolledBack", reason: "AlarmFired" });
    const after = rollout({ history: [entry({}), failed, entry({ release: "old-1" })] });
    metrics.rolloutChanged(old, after);
    metrics.rolloutChanged(old, after);
    metrics.rolloutChanged(after, after);
    const text = await metrics.text();
    expect(text).toContain(`modelrollout_promotions_total{${who}} 1`);
    expect(text).toContain(`modelrollout_rollbacks_total{${who},reason="AlarmFired"} 1`);
    expect(text).toContain('modelrollout_duration_seconds_sum{outcome="Promoted"} 600');
    expect(text).toContain('modelrollout_duration_seconds_count{outcome="RolledBack"} 1');
  });

  test("that ended under another leader are not counted again by this one", async () => {
    const metrics = createMetrics({ version: "x" });
    metrics.rolloutChanged(undefined, rollout({}));
    metrics.leader(true);
    const seen = rollout({ history: [entry({})] });
    metrics.rolloutChanged(seen, seen);
    expect(await linesOf(metrics, "modelrollout_promotions_total")).toEqual([
      `modelrollout_promotions_total{${who}} 0`,
    ]);
  });

  test("time a rollback once, from its decision to the first read-back of the stable weights", async () => {
    const metrics = leading();
    const begun = { reason: "AlarmFired", message: "", startedAt: "2026-11-21T10:00:00.000Z" } as const;
    const zero = { ...begun, zeroAt: "2026-11-21T10:00:00.250Z" };
    const steps = [{}, { rollback: begun }, { rollback: zero }, { rollback: begun }, { rollback: zero }, {}];
    for (const [index, next] of steps.entries()) {
      const before = steps[index - 1];
      metrics.rolloutChanged(before && rollout(before), rollout(next));
    }
    expect(await linesOf(metrics, "modelrollout_rollback_seconds_sum")).toEqual([
      'modelrollout_rollback_seconds_sum{reason="AlarmFired"} 0.25',
    ]);
    expect(await linesOf(metrics, "modelrollout_rollback_seconds_count")).toEqual([
      'modelrollout_rollback_seconds_count{reason="AlarmFired"} 1',
    ]);
  });

  test("time a rollback that is over at once, without a drain", async () => {
    const metrics = leading();
    const begun = rollout({
      rollback: { reason: "Aborted", message: "", startedAt: "2026-11-21T10:09:58.000Z" },
    });
    metrics.rolloutChanged(undefined, begun);
    metrics.rolloutChanged(
      begun,
      rollout({ history: [entry({ outcome: "RolledBack", reason: "Aborted" })] }),
    );
    expect(await linesOf(metrics, "modelrollout_rollback_seconds_sum")).toEqual([
      'modelrollout_rollback_seconds_sum{reason="Aborted"} 2',
    ]);
  });
});

test("calls to AWS are counted by outcome, throttled ones on their own too", async () => {
  const metrics = createMetrics({ version: "x" });
  const call = {
    service: "cloudwatch",
    operation: "DescribeAlarms",
    region: "eu-west-1",
    use: "read",
    ms: 40,
  } as const;
  metrics.awsCall({ ...call, outcome: "ok" });
  metrics.awsCall({ ...call, outcome: "throttled" });
  const labels = 'service="cloudwatch",operation="DescribeAlarms",region="eu-west-1"';
  const text = await metrics.text();
  expect(text).toContain(`aws_api_requests_total{${labels},outcome="ok"} 1`);
  expect(text).toContain(`aws_api_requests_total{${labels},outcome="throttled"} 1`);
  expect(text).toContain(`aws_api_throttles_total{${labels}} 1`);
  expect(text).toContain(`aws_api_request_duration_seconds_count{${labels}} 2`);
});

test("lists and watches are counted by resource, never by namespace", async () => {
  const metrics = createMetrics({ version: "x" });
  const listener = metrics.reflectorListener;
  listener.listed?.("/apis/apps/v1/namespaces/prod/deployments", 3);
  listener.listed?.("/apis/apps/v1/deployments", 3);
  listener.failed?.("/api/v1/pods", new KubeError("Expired", "gone", { code: 410 }));
  listener.silent?.("/api/v1/namespaces/prod/services");
  const text = await metrics.text();
  expect(text).toContain('kubernetes_lists_total{resource="deployments.apps"} 2');
  expect(text).toContain('kubernetes_list_watch_failures_total{resource="pods",reason="Expired"} 1');
  expect(text).toContain('kubernetes_watch_silent_total{resource="services"} 1');
});

test("events are counted as sent, or by why they were dropped", async () => {
  const metrics = createMetrics({ version: "x" });
  const event = { regarding: {}, type: "Normal", reason: "Holding", action: "Hold", note: "" } as never;
  metrics.eventListener.sent?.(event);
  metrics.eventListener.dropped?.(event, "limited");
  expect(await linesOf(metrics, "kubernetes_events_total")).toEqual([
    'kubernetes_events_total{result="sent"} 1',
    'kubernetes_events_total{result="limited"} 1',
  ]);
});
