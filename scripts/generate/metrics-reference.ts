import { type MetricEntry, metricTable } from "../../src/observability/metric-table.ts";
import type { GeneratedFile } from "./generated-file.ts";
import { code, notice, table } from "./markdown.ts";

const entries: readonly (readonly [string, MetricEntry])[] = Object.entries(metricTable);

const groups: readonly (readonly [string, string, (name: string) => boolean])[] = [
  [
    "The reconcile loop",
    "Under controller-runtime's names: dashboards made for it work.",
    (name) => /^(controller_runtime|workqueue|leader_election)_/.test(name),
  ],
  [
    "Rollouts",
    "Shown by the leader only, so that a sum over the replicas counts nothing twice. A deleted rollout's series go with it.",
    (name) => name.startsWith("modelrollout_"),
  ],
  [
    "AWS",
    "Every call, by the service's IAM prefix and the operation's name.",
    (name) => name.startsWith("aws_"),
  ],
  [
    "Kubernetes",
    "What the operator takes from the API server and tells it.",
    (name) => name.startsWith("kubernetes_"),
  ],
];

function render(): string {
  const sections = groups.flatMap(([title, about, belongs]) => {
    const rows = entries
      .filter(([name]) => belongs(name))
      .map(([name, { type, labels, help }]) => [code(name), type, labels.map(code).join(", "), help]);
    return [`## ${title}`, about, table(["Metric", "Type", "Labels", "Meaning"], rows)];
  });
  const page = [
    notice,
    "# Metrics",
    "Served at `/metrics` on `--metrics-bind-address`. Durations are in seconds. Labels are names from the cluster, words of closed tables, and regions: never an ARN or a message.",
    ...sections,
    "## The process",
    "`process_*` and `nodejs_*` (CPU, memory, event loop, garbage collection) are those of prom-client.",
  ];
  return `${page.join("\n\n")}\n`;
}

export const metricsReference: GeneratedFile = { path: "docs/reference/metrics.md", render };
