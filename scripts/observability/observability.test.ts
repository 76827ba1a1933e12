import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { conditions } from "../../src/api/conditions.ts";
import { reasons } from "../../src/api/reasons.ts";
import type { State } from "../../src/api/types.ts";
import { type MetricEntry, metricTable } from "../../src/observability/metric-table.ts";
import { createMetrics } from "../../src/observability/metrics.ts";
import { root } from "../command.ts";
import { type Matcher, referencesOf } from "./promql.ts";

const read = (path: string): string => readFileSync(join(root, path), "utf8");

interface Alert {
  readonly alert: string;
  readonly expr: string;
  readonly for?: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

interface RuleFile {
  readonly spec: { readonly groups: readonly { readonly rules: readonly Alert[] }[] };
}

interface Board {
  readonly panels: readonly {
    readonly id: number;
    readonly title: string;
    readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
    readonly targets?: readonly { readonly expr: string; readonly legendFormat: string }[];
  }[];
  readonly templating: { readonly list: readonly { readonly name: string; readonly definition?: string }[] };
}

const alerts = (parse(read("deploy/prometheus/rules.yaml")) as RuleFile).spec.groups.flatMap(
  ({ rules }) => rules,
);
const board = JSON.parse(read("deploy/grafana/modelrollout.json")) as Board;
const targets = board.panels.flatMap(({ title, targets = [] }) =>
  targets.map(({ expr, legendFormat }) => ({ title, expr, legend: legendFormat })),
);

/** What Prometheus adds to each series of a pod. */
const targetLabels = ["pod", "instance", "job"];
const table: Readonly<Record<string, MetricEntry>> = metricTable;
const processMetrics = new Map(
  [
    ...(await createMetrics({ version: "0" }).text()).matchAll(/^# TYPE ((?:process|nodejs)_\w+) (\w+)$/gm),
  ].map(([, name = "", type = ""]) => [name, { type, labels: [], help: "" } as unknown as MetricEntry]),
);

/** The table's entry for a name as PromQL has it, `_bucket`, `_sum` and `_count` of histograms included. */
function entryOf(name: string): MetricEntry | undefined {
  const [, base = "", part] = /^(.*?)(_bucket|_sum|_count)?$/.exec(name) ?? [];
  const histogram = table[base];
  if (part !== undefined && histogram?.type === "histogram")
    return { ...histogram, labels: [...histogram.labels, ...(part === "_bucket" ? ["le"] : [])] };
  const entry = table[name] ?? processMetrics.get(name);
  return entry?.type === "histogram" ? undefined : entry;
}

const states = {
  Idle: true,
  Starting: true,
  Shifting: true,
  Holding: true,
  AwaitingApproval: true,
  Paused: true,
  Promoting: true,
  RollingBack: true,
  RolledBack: true,
  Blocked: true,
  Deleting: true,
} satisfies Readonly<Record<State, true>>;

/** Words that a label can have, where the code has them in a table. */
const words: Readonly<Record<string, readonly string[]>> = {
  "modelrollout_info state": Object.keys(states),
  "modelrollout_weight kind": ["desired", "acknowledged", "observed"],
  "modelrollout_condition type": Object.keys(conditions),
  "modelrollout_condition status": ["True", "False", "Unknown"],
  "aws_api_requests_total outcome": ["ok", "throttled", "denied", "notFound", "invalid", "unreachable"],
};

function wrongWords(metric: string, { label, operator, value }: Matcher): readonly string[] {
  const known = words[`${metric} ${label}`];
  if (known === undefined || value.startsWith("$")) return [];
  const named = operator.endsWith("~") ? value.split("|") : [value];
  return named.filter((word) => !known.includes(word)).map((word) => `${metric} has no ${label} ${word}`);
}

/** What is wrong with an expression; an empty list if nothing is. */
function complaints(expr: string): readonly string[] {
  const { selectors, groupings, functions } = referencesOf(expr);
  const labels = new Set(targetLabels);
  const wrong = selectors.flatMap(({ metric, matchers }) => {
    const entry = entryOf(metric);
    if (entry === undefined) return [`no metric ${metric}`];
    for (const label of entry.labels) labels.add(label);
    return matchers.flatMap((matcher) =>
      entry.labels.includes(matcher.label)
        ? wrongWords(metric, matcher)
        : [`${metric} has no label ${matcher.label}`],
    );
  });
  if (selectors.length === 0) wrong.push("no metric at all");
  const known = ["sum", "max", "count", "rate", "increase", "histogram_quantile", "absent"];
  wrong.push(...functions.filter((name) => !known.includes(name)).map((name) => `no function ${name}`));
  wrong.push(...groupings.filter((name) => !labels.has(name)).map((name) => `no label ${name}`));
  return wrong;
}

/** Labels that the result of an expression has, as far as its outermost grouping tells. */
function resultLabels(expr: string): readonly string[] {
  const { selectors, groupings } = referencesOf(expr);
  const aggregated = /^(?:[\d.]+ \* )?(?:sum|max|count|histogram_quantile|absent)\b/.test(expr);
  const all = selectors.flatMap(({ metric }) => entryOf(metric)?.labels ?? []);
  return aggregated ? groupings.filter((label) => label !== "le") : [...all, ...targetLabels];
}

/** GitHub's anchors of a page's headings. */
const anchorsOf = (path: string): readonly string[] =>
  [...read(path).matchAll(/^#+ (.+)$/gm)].map(([, title = ""]) =>
    title
      .toLowerCase()
      .replaceAll(/[^\w -]/g, "")
      .replaceAll(" ", "-"),
  );

describe("the checker", () => {
  test.each([
    ["modelrollout_wait", "no metric modelrollout_wait"],
    ['modelrollout_info{phase="x"}', "modelrollout_info has no label phase"],
    ['modelrollout_info{state=~"Idle|Waiting"}', "modelrollout_info has no state Waiting"],
    ["modelrollout_rollback_seconds", "no metric modelrollout_rollback_seconds"],
    ["modelrollout_step_bucket", "no metric modelrollout_step_bucket"],
    ["sum by (arn) (workqueue_depth)", "no label arn"],
    ["summ(workqueue_depth)", "no function summ"],
    ["1", "no metric at all"],
  ])("%s: %s", (expr, complaint) => {
    expect(complaints(expr)).toEqual([complaint]);
  });

  test.each([
    "sum(workqueue_depth",
    "sum(workqueue_depth))",
    'workqueue_depth{name"x"}',
    "workqueue_depth ;",
  ])("%s is no PromQL", (expr) => {
    expect(() => referencesOf(expr)).toThrow();
  });
});

describe("alerts", () => {
  test("there are some, with distinct names", () => {
    expect(alerts.length).toBeGreaterThan(10);
    expect(new Set(alerts.map(({ alert }) => alert)).size).toBe(alerts.length);
  });

  test.each(alerts.map((alert) => [alert.alert, alert] as const))(
    "%s",
    (_, { expr, labels, annotations, ...rest }) => {
      expect(complaints(expr)).toEqual([]);
      expect(rest.for ?? "1m").toMatch(/^\d+[mh]$/);
      expect(["critical", "warning", "info"]).toContain(labels["severity"]);
      const { summary = "", description = "", runbook = "" } = annotations;
      expect(description).not.toBe("");
      const shown = [...summary.matchAll(/\$labels\.(\w+)/g)].map(([, label]) => label);
      expect(resultLabels(expr)).toEqual(expect.arrayContaining(shown));
      const [page = "", anchor = ""] = runbook.split("#");
      expect(anchorsOf(page), runbook).toContain(anchor);
    },
  );

  test("link to reasons that exist", () => {
    const linked = alerts.map(({ annotations }) => annotations["runbook"]?.split("reasons.md#")[1]);
    const known = Object.keys(reasons).map((reason) => reason.toLowerCase());
    const reasonLinks = linked.filter((anchor) => anchor !== undefined && anchor !== "reasons");
    expect(reasonLinks.length).toBeGreaterThan(5);
    expect(reasonLinks.filter((anchor) => !known.includes(anchor ?? ""))).toEqual([]);
  });
});

describe("the dashboard", () => {
  test.each(targets)("$title: $expr", ({ expr, legend }) => {
    expect(complaints(expr.replaceAll("$__rate_interval", "5m").replaceAll("$__range", "3h"))).toEqual([]);
    const shown = [...legend.matchAll(/\{\{(\w+)\}\}/g)].map(([, label]) => label);
    expect(resultLabels(expr)).toEqual(expect.arrayContaining(shown));
  });

  test("has panels with an expression, each with an id and a place of its own", () => {
    expect(targets.length).toBeGreaterThan(20);
    expect(new Set(board.panels.map(({ id }) => id)).size).toBe(board.panels.length);
    for (const [index, { gridPos: one, title }] of board.panels.entries()) {
      expect(one.x + one.w, title).toBeLessThanOrEqual(24);
      for (const { gridPos: other } of board.panels.slice(index + 1)) {
        const apart =
          one.x + one.w <= other.x ||
          other.x + other.w <= one.x ||
          one.y + one.h <= other.y ||
          other.y + other.h <= one.y;
        expect(apart, title).toBe(true);
      }
    }
  });

  test("its variables are labels of a metric", () => {
    const queries = board.templating.list.flatMap(({ definition }) => definition ?? []);
    expect(queries.length).toBe(2);
    for (const query of queries) {
      const [, selector = "", label = ""] = /^label_values\((.+), (\w+)\)$/.exec(query) ?? [];
      expect(complaints(selector)).toEqual([]);
      expect(entryOf(referencesOf(selector).selectors[0]?.metric ?? "")?.labels).toContain(label);
    }
  });

  test("shows every metric of the table, or an alert does, or there is a reason not to", () => {
    const shown = [...targets, ...alerts]
      .flatMap(({ expr }) => referencesOf(expr.replaceAll(/\$__\w+/g, "5m")).selectors)
      .map(({ metric }) => metric.replace(/_(bucket|sum|count)$/, ""));
    const unseen = Object.keys(metricTable).filter((name) => !shown.includes(name));
    expect(unseen).toEqual([
      // Part of the reconciliation errors that are shown.
      "controller_runtime_terminal_reconcile_errors_total",
      // Kept for dashboards made for controller-runtime; the reconciliations tell the same.
      "workqueue_adds_total",
      "workqueue_work_duration_seconds",
      "workqueue_unfinished_work_seconds",
      "workqueue_retries_total",
      // Expected now and then; the operator opens the watch again by itself.
      "kubernetes_watch_silent_total",
    ]);
  });
});
