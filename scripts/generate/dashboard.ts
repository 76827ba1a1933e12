import { type Panel, panels, row, stat, type Target, table, timeseries } from "../observability/panels.ts";
import type { GeneratedFile } from "./generated-file.ts";

const chosen = `namespace=~"$namespace",name=~"$name"`;
const each = "{{namespace}}/{{name}}";
const p = (quantile: number, by: string, rate: string): string =>
  `histogram_quantile(${quantile}, sum by (${["le", ...(by === "" ? [] : [by])].join(", ")}) (rate(${rate}[$__rate_interval])))`;
const target = (expr: string, legend: string): Target => ({ expr, legend });

const rollouts: readonly Panel[] = [
  stat("Rollouts", "By state.", [target(`count by (state) (modelrollout_info{${chosen}})`, "{{state}}")]),
  stat("Taken back", "By reason, since the leader has led; docs/reference/reasons.md says what to do.", [
    target(`sum by (reason) (modelrollout_rollbacks_total{${chosen}})`, "{{reason}}"),
  ]),
  stat("Promoted", "Since the leader has led.", [
    target(`sum(modelrollout_promotions_total{${chosen}})`, "promoted"),
  ]),
  table("Not at rest", "Every rollout in a release, taken back or blocked.", [
    target(`modelrollout_info{${chosen},state!="Idle"} == 1`, each),
  ]),
  timeseries("Share of what is not stable", "As it was last read.", "percent", [
    target(`modelrollout_weight{${chosen},kind="observed"}`, each),
  ]),
  timeseries("Asked for and not observed", "Anything that stays here is drift, or AWS refuses.", "percent", [
    target(
      `modelrollout_weight{${chosen},kind="desired"} - ignoring (kind) modelrollout_weight{${chosen},kind="observed"}`,
      each,
    ),
  ]),
  timeseries("Step", "0: none is under way.", "none", [target(`modelrollout_step{${chosen}}`, each)]),
  timeseries("Conditions that want attention", "", "none", [
    target(`modelrollout_condition{${chosen},type="Stalled",status="True"}`, `${each} stalled`),
    target(
      `modelrollout_condition{${chosen},type="AlarmsHealthy",status!="True"}`,
      `${each} alarms {{status}}`,
    ),
    target(
      `modelrollout_condition{${chosen},type="TrafficSettled",status!="True"}`,
      `${each} traffic {{status}}`,
    ),
  ]),
  timeseries("From the deciding read to the stable weights", "Of rollbacks.", "s", [
    target(p(0.5, "reason", "modelrollout_rollback_seconds_bucket"), "p50 {{reason}}"),
    target(p(0.99, "reason", "modelrollout_rollback_seconds_bucket"), "p99 {{reason}}"),
  ]),
  timeseries("Length of releases", "Median.", "s", [
    target(p(0.5, "outcome", "modelrollout_duration_seconds_bucket"), "{{outcome}}"),
  ]),
];

const operator: readonly Panel[] = [
  stat("Leader", "1: a replica holds the Lease.", [
    target(`max(leader_election_master_status{name="modelrollout"})`, "leader"),
  ]),
  stat("Versions", "Replicas by version.", [
    target("count by (version) (modelrollout_build_info)", "{{version}}"),
  ]),
  timeseries("Reconciliations", "Per second.", "ops", [
    target("sum by (result) (rate(controller_runtime_reconcile_total[$__rate_interval]))", "{{result}}"),
    target("sum(rate(controller_runtime_reconcile_errors_total[$__rate_interval]))", "errors"),
  ]),
  timeseries("Reconciliation and queue", "", "s", [
    target(p(0.99, "", "controller_runtime_reconcile_time_seconds_bucket"), "p99 at work"),
    target(p(0.99, "", "workqueue_queue_duration_seconds_bucket"), "p99 in the queue"),
    target("max(workqueue_longest_running_processor_seconds)", "longest now"),
  ]),
  timeseries("Queue", "", "none", [
    target("sum(workqueue_depth)", "waiting"),
    target("sum(controller_runtime_active_workers)", "at work"),
  ]),
  timeseries("Memory", "Resident.", "bytes", [target("process_resident_memory_bytes", "{{pod}}")]),
  timeseries("CPU", "Cores.", "none", [
    target("rate(process_cpu_seconds_total[$__rate_interval])", "{{pod}}"),
  ]),
  timeseries("Event loop lag", "p99.", "s", [target("nodejs_eventloop_lag_p99_seconds", "{{pod}}")]),
];

const outside: readonly Panel[] = [
  timeseries("AWS calls", "Per minute.", "none", [
    target(
      "60 * sum by (service, operation) (rate(aws_api_requests_total[$__rate_interval]))",
      "{{service}}:{{operation}}",
    ),
  ]),
  timeseries("AWS calls that failed", "Per minute, by outcome.", "none", [
    target(
      `60 * sum by (service, operation, outcome) (rate(aws_api_requests_total{outcome!="ok"}[$__rate_interval]))`,
      "{{service}}:{{operation}} {{outcome}}",
    ),
    target(
      "60 * sum by (service) (rate(aws_api_throttles_total[$__rate_interval]))",
      "{{service}} throttled",
    ),
  ]),
  timeseries("AWS call duration", "p99.", "s", [
    target(p(0.99, "operation", "aws_api_request_duration_seconds_bucket"), "{{operation}}"),
  ]),
  timeseries("Lists and watches", "Per minute. At rest there are no lists.", "none", [
    target("60 * sum by (resource) (rate(kubernetes_lists_total[$__rate_interval]))", "{{resource}} lists"),
    target(
      "60 * sum by (resource, reason) (rate(kubernetes_list_watch_failures_total[$__rate_interval]))",
      "{{resource}} {{reason}}",
    ),
  ]),
  timeseries("Events", "Per minute, by result.", "none", [
    target("60 * sum by (result) (rate(kubernetes_events_total[$__rate_interval]))", "{{result}}"),
  ]),
];

const variable = (name: string, label: string, query: string): object => ({
  name,
  label,
  type: "query",
  datasource: { type: "prometheus", uid: "${datasource}" },
  definition: query,
  query: { query, refId: name },
  refresh: 2,
  sort: 1,
  includeAll: true,
  multi: true,
  allValue: ".*",
  current: { text: "All", value: "$__all" },
});

function render(): string {
  const board = {
    uid: "modelrollout",
    title: "ModelRollout",
    description: "Made by `npm run generate`. Do not edit.",
    tags: ["modelrollout"],
    schemaVersion: 41,
    editable: true,
    graphTooltip: 1,
    refresh: "30s",
    time: { from: "now-3h", to: "now" },
    templating: {
      list: [
        { name: "datasource", label: "Data source", type: "datasource", query: "prometheus" },
        variable("namespace", "Namespace", "label_values(modelrollout_info, namespace)"),
        variable("name", "Name", 'label_values(modelrollout_info{namespace=~"$namespace"}, name)'),
      ],
    },
    panels: panels([
      row("Rollouts", rollouts),
      row("Operator", operator),
      row("AWS and Kubernetes", outside),
    ]),
  };
  return `${JSON.stringify(board, null, 2)}\n`;
}

export const dashboard: GeneratedFile = { path: "deploy/grafana/modelrollout.json", render };
