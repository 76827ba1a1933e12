/** One metric as Prometheus sees it. */
export interface MetricEntry {
  readonly type: "counter" | "gauge" | "histogram";
  readonly labels: readonly string[];
  /** One sentence. */
  readonly help: string;
  /** Of a histogram, in seconds. */
  readonly buckets?: readonly number[];
}

/** From the fastest plan to a reconciliation that waits for many slow calls. */
const workSeconds = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];
const callSeconds = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 3, 5, 10];
const rollbackSeconds = [0.05, 0.1, 0.25, 0.5, 1, 2, 3, 5, 10, 20, 30, 60, 120, 300, 600];
const releaseSeconds = [10, 30, 60, 120, 300, 600, 1_200, 1_800, 3_600, 7_200, 14_400, 28_800, 86_400];

const rollout = ["namespace", "name"] as const;
const queue = ["name", "controller"] as const;
const call = ["service", "operation", "region"] as const;

/**
 * Every metric of the operator; docs/reference/metrics.md is made of it. Names of the first three groups are those of
 * controller-runtime and client-go, so that dashboards know them. A label is a name from the cluster (namespace,
 * name), a word of a closed table (reason, state, operation, outcome) or a region; never an ARN or a message.
 */
export const metricTable = {
  controller_runtime_reconcile_total: {
    type: "counter",
    labels: ["controller", "result"],
    help: "Reconciliations by result: success, requeue_after or error.",
  },
  controller_runtime_reconcile_errors_total: {
    type: "counter",
    labels: ["controller"],
    help: "Reconciliations that failed.",
  },
  controller_runtime_terminal_reconcile_errors_total: {
    type: "counter",
    labels: ["controller"],
    help: "Reconciliations that failed in a way that trying again cannot cure.",
  },
  controller_runtime_reconcile_time_seconds: {
    type: "histogram",
    labels: ["controller"],
    help: "How long a reconciliation took.",
    buckets: workSeconds,
  },
  controller_runtime_active_workers: {
    type: "gauge",
    labels: ["controller"],
    help: "Reconciliations that run now.",
  },

  workqueue_depth: {
    type: "gauge",
    labels: queue,
    help: "Rollouts that are ready to be reconciled and wait.",
  },
  workqueue_adds_total: { type: "counter", labels: queue, help: "Rollouts put into the queue from outside." },
  workqueue_queue_duration_seconds: {
    type: "histogram",
    labels: queue,
    help: "How long a rollout stood ready in the queue before it was reconciled.",
    buckets: workSeconds,
  },
  workqueue_work_duration_seconds: {
    type: "histogram",
    labels: queue,
    help: "How long taking a rollout from the queue and reconciling it took.",
    buckets: workSeconds,
  },
  workqueue_unfinished_work_seconds: {
    type: "gauge",
    labels: queue,
    help: "Seconds that the running reconciliations have taken so far, together.",
  },
  workqueue_longest_running_processor_seconds: {
    type: "gauge",
    labels: queue,
    help: "Seconds that the longest running reconciliation has taken so far.",
  },
  workqueue_retries_total: {
    type: "counter",
    labels: queue,
    help: "Rollouts put back into the queue after a failure.",
  },

  leader_election_master_status: {
    type: "gauge",
    labels: ["name"],
    help: "1 while this replica holds the Lease of that name, 0 while another does.",
  },

  modelrollout_api_server_silent: {
    type: "gauge",
    labels: [],
    help: "1 while this replica has lost its Lease because the API server does not answer: it guards traffic, and writes nothing else.",
  },
  modelrollout_build_info: { type: "gauge", labels: ["version"], help: "1, with the operator's version." },
  modelrollout_info: {
    type: "gauge",
    labels: [...rollout, "state", "traffic"],
    help: "1 for each ModelRollout, with its state and its kind of traffic.",
  },
  modelrollout_weight: {
    type: "gauge",
    labels: [...rollout, "kind"],
    help: "Share in percent of what is not stable: desired, acknowledged (read back) or observed (at the last read).",
  },
  modelrollout_step: {
    type: "gauge",
    labels: rollout,
    help: "Step that a release is in, from 1 as it is printed; 0 when none is under way.",
  },
  modelrollout_condition: {
    type: "gauge",
    labels: [...rollout, "type", "status"],
    help: "1 for the status (True, False or Unknown) that each condition of a ModelRollout has now; no series for the others.",
  },
  modelrollout_promotions_total: { type: "counter", labels: rollout, help: "Releases that were promoted." },
  modelrollout_rollbacks_total: {
    type: "counter",
    labels: [...rollout, "reason"],
    help: "Releases that were taken back, by reason (docs/reference/reasons.md).",
  },
  modelrollout_duration_seconds: {
    type: "histogram",
    labels: ["outcome"],
    help: "From the beginning of a release to its end, by outcome: Promoted, RolledBack or Superseded.",
    buckets: releaseSeconds,
  },
  modelrollout_rollback_seconds: {
    type: "histogram",
    labels: ["reason"],
    help: "From the read that decided on a rollback to the read-back that showed the stable weights.",
    buckets: rollbackSeconds,
  },

  aws_api_requests_total: {
    type: "counter",
    labels: [...call, "outcome"],
    help: "Calls to AWS by outcome: ok, throttled, denied, notFound, invalid or unreachable.",
  },
  aws_api_request_duration_seconds: {
    type: "histogram",
    labels: call,
    help: "How long a call to AWS took, the SDK's retries included.",
    buckets: callSeconds,
  },
  aws_api_throttles_total: { type: "counter", labels: call, help: "Calls that AWS throttled." },

  kubernetes_lists_total: {
    type: "counter",
    labels: ["resource"],
    help: "Complete lists taken from the API server; in the steady state there are none.",
  },
  kubernetes_list_watch_failures_total: {
    type: "counter",
    labels: ["resource", "reason"],
    help: "Lists and watches that failed and were tried again, by the API server's reason.",
  },
  kubernetes_watch_silent_total: {
    type: "counter",
    labels: ["resource"],
    help: "Watches that said nothing for too long and were opened again.",
  },
  kubernetes_events_total: {
    type: "counter",
    labels: ["result"],
    help: "Events for people: sent, or dropped because limited (too many for one object), full (queue), refused or stopped.",
  },
} as const satisfies Record<string, MetricEntry>;

export type MetricName = keyof typeof metricTable;
export type MetricLabel<N extends MetricName> = (typeof metricTable)[N]["labels"][number];
export type MetricLabels<N extends MetricName> = Readonly<Record<MetricLabel<N>, string>>;
