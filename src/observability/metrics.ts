import type { ModelRollout } from "../api/types.ts";
import type { CallReport } from "../aws/clients.ts";
import type { EventListener } from "../runtime/event-recorder.ts";
import type { ReflectorListener } from "../runtime/reflector.ts";
import type { QueueListener } from "../runtime/runner.ts";
import { Instruments } from "./instruments.ts";
import { RolloutSeries } from "./rollout-series.ts";

/** What a work queue looks like at the moment of asking; a `Runner` is one. */
export interface QueueSample {
  /** Keys that are ready and wait. */
  readonly depth: number;
  /** Keys that run. */
  readonly active: number;
  /** How long each of them has been running, in milliseconds. */
  runningForMs(): readonly number[];
}

/** Where the parts of the operator report to, and what `/metrics` shows of it. Nothing in here throws. */
export interface Metrics {
  /** Of the text: what to answer as Content-Type. */
  readonly contentType: string;
  /** The present values in Prometheus' text format. */
  text(): Promise<string>;
  /** For a runner's `listener`. */
  queueListener(controller: string): QueueListener;
  /** Asks the queue at each scrape. */
  sampleQueue(controller: string, queue: QueueSample): void;
  /** For `AwsOptions.onCall`. */
  readonly awsCall: (report: CallReport) => void;
  /** Whether this process holds the lease, or works without one. Only then it shows series of rollouts. */
  readonly leader: (is: boolean) => void;
  /** Whether the lease was lost for want of an answer of the API server, and nobody knows yet who leads. */
  readonly silent: (is: boolean) => void;
  /** For `ControllerOptions.changed`: a rollout was seen (no before), has changed, or is gone (no after). */
  readonly rolloutChanged: (before: ModelRollout | undefined, after: ModelRollout | undefined) => void;
  readonly reflectorListener: ReflectorListener;
  readonly eventListener: EventListener;
}

export interface MetricsOptions {
  readonly version: string;
  /** Name of the Lease. */
  readonly lease?: string;
}

/** Metrics in a registry of their own; the table of them is metric-table.ts. */
export function createMetrics({ version, lease = "modelrollout" }: MetricsOptions): Metrics {
  const instruments = new Instruments();
  const rollouts = new RolloutSeries(instruments);
  const queues = new Map<string, QueueSample>();
  const leader = (is: boolean): void => {
    instruments.set("leader_election_master_status", { name: lease }, is ? 1 : 0);
    rollouts.lead(is);
  };
  const silent = (is: boolean): void => instruments.set("modelrollout_api_server_silent", {}, is ? 1 : 0);
  silent(false);
  instruments.set("modelrollout_build_info", { version }, 1);
  leader(false);
  return {
    contentType: instruments.contentType,
    text: async () => {
      for (const [controller, queue] of queues) sample(instruments, controller, queue);
      return await instruments.text();
    },
    queueListener: (controller) => queueListener(instruments, controller),
    sampleQueue: (controller, queue) => void queues.set(controller, queue),
    awsCall: (report) => countCall(instruments, report),
    leader,
    silent,
    rolloutChanged: (before, after) => rollouts.changed(before, after),
    reflectorListener: reflectorListener(instruments),
    eventListener: eventListener(instruments),
  };
}

function sample(instruments: Instruments, controller: string, queue: QueueSample): void {
  const labels = { name: controller, controller };
  const running = queue.runningForMs().map((ms) => ms / 1_000);
  instruments.set("workqueue_depth", labels, queue.depth);
  instruments.set("controller_runtime_active_workers", { controller }, queue.active);
  instruments.set(
    "workqueue_unfinished_work_seconds",
    labels,
    running.reduce((sum, seconds) => sum + seconds, 0),
  );
  instruments.set("workqueue_longest_running_processor_seconds", labels, Math.max(0, ...running));
}

/** A terminal error counts as an error too, as in controller-runtime. */
function queueListener(instruments: Instruments, controller: string): QueueListener {
  const labels = { name: controller, controller };
  for (const result of ["success", "requeue_after", "error"]) {
    instruments.add("controller_runtime_reconcile_total", { controller, result }, 0);
  }
  instruments.add("controller_runtime_reconcile_errors_total", { controller }, 0);
  instruments.add("controller_runtime_terminal_reconcile_errors_total", { controller }, 0);
  return {
    added: () => instruments.add("workqueue_adds_total", labels),
    started: (_key, waitedMs) => instruments.observe("workqueue_queue_duration_seconds", labels, waitedMs),
    finished: (_key, outcome, workMs) => {
      const result = outcome === "terminal" ? "error" : outcome;
      instruments.add("controller_runtime_reconcile_total", { controller, result });
      instruments.observe("controller_runtime_reconcile_time_seconds", { controller }, workMs);
      instruments.observe("workqueue_work_duration_seconds", labels, workMs);
    },
    retried: () => instruments.add("workqueue_retries_total", labels),
    failed: (_key, _error, terminal) => {
      instruments.add("controller_runtime_reconcile_errors_total", { controller });
      if (terminal) instruments.add("controller_runtime_terminal_reconcile_errors_total", { controller });
    },
  };
}

function countCall(instruments: Instruments, report: CallReport): void {
  const { service, operation, region, outcome, ms } = report;
  const labels = { service, operation, region };
  instruments.add("aws_api_requests_total", { ...labels, outcome });
  instruments.observe("aws_api_request_duration_seconds", labels, ms);
  instruments.add("aws_api_throttles_total", labels, outcome === "throttled" ? 1 : 0);
}

function reflectorListener(instruments: Instruments): ReflectorListener {
  return {
    failed: (path, { reason }) =>
      instruments.add("kubernetes_list_watch_failures_total", { resource: resourceOf(path), reason }),
    listed: (path) => instruments.add("kubernetes_lists_total", { resource: resourceOf(path) }),
    silent: (path) => instruments.add("kubernetes_watch_silent_total", { resource: resourceOf(path) }),
  };
}

function eventListener(instruments: Instruments): EventListener {
  return {
    sent: () => instruments.add("kubernetes_events_total", { result: "sent" }),
    dropped: (_event, why) => instruments.add("kubernetes_events_total", { result: why }),
  };
}

/** `/apis/apps/v1/namespaces/prod/deployments` -> `deployments.apps`: the namespace is not part of it. */
function resourceOf(path: string): string {
  const parts = path.split("/").slice(1);
  const plural = parts.at(-1) ?? "unknown";
  const group = parts[0] === "apis" ? parts[1] : undefined;
  return group === undefined ? plural : `${plural}.${group}`;
}
