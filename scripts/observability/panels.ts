/** One line or number of a panel. */
export interface Target {
  /** PromQL. */
  readonly expr: string;
  /** Grafana's template for its name. */
  readonly legend: string;
}

/** A panel without its place. */
export interface Panel {
  readonly width: number;
  readonly height: number;
  readonly json: object;
}

/** Panels under a heading. */
export interface Row {
  readonly title: string;
  readonly panels: readonly Panel[];
}

/** Columns of Grafana's grid. */
const columns = 24;
const datasource = { type: "prometheus", uid: "${datasource}" };

const targetsOf = (targets: readonly Target[], extra: object): readonly object[] =>
  targets.map(({ expr, legend }, index) => ({
    refId: String.fromCodePoint("A".codePointAt(0)! + index),
    datasource,
    expr,
    legendFormat: legend,
    ...extra,
  }));

const common = (title: string, description: string): object => ({
  title,
  ...(description === "" ? {} : { description }),
  datasource,
});

export function timeseries(
  title: string,
  description: string,
  unit: string,
  targets: readonly Target[],
): Panel {
  const custom = { lineInterpolation: "stepAfter", showPoints: "never", spanNulls: false };
  return {
    width: 12,
    height: 8,
    json: {
      type: "timeseries",
      ...common(title, description),
      fieldConfig: { defaults: { unit, min: unit === "percent" ? undefined : 0, custom }, overrides: [] },
      options: { legend: { displayMode: "list", placement: "bottom" }, tooltip: { mode: "multi" } },
      targets: targetsOf(targets, {}),
    },
  };
}

/** Numbers of this moment. */
export function stat(title: string, description: string, targets: readonly Target[]): Panel {
  return {
    width: 8,
    height: 4,
    json: {
      type: "stat",
      ...common(title, description),
      fieldConfig: { defaults: { unit: "none", decimals: 0, noValue: "0" }, overrides: [] },
      options: { reduceOptions: { calcs: ["lastNotNull"] }, colorMode: "none", textMode: "value_and_name" },
      targets: targetsOf(targets, { instant: true }),
    },
  };
}

/** A line for each series, its labels as columns. */
export function table(title: string, description: string, targets: readonly Target[]): Panel {
  const hidden = ["Time", "Value", "__name__", "job", "instance", "pod", "container", "endpoint"];
  return {
    width: columns,
    height: 7,
    json: {
      type: "table",
      ...common(title, description),
      fieldConfig: { defaults: {}, overrides: [] },
      transformations: [
        {
          id: "organize",
          options: { excludeByName: Object.fromEntries(hidden.map((name) => [name, true])) },
        },
      ],
      targets: targetsOf(targets, { instant: true, format: "table" }),
    },
  };
}

export const row = (title: string, panels: readonly Panel[]): Row => ({ title, panels });

/** Gives every panel its number and its place: from left to right, a new line when one does not fit. */
export function panels(rows: readonly Row[]): readonly object[] {
  const placed: object[] = [];
  let y = 0;
  for (const { title, panels } of rows) {
    placed.push({
      id: placed.length + 1,
      type: "row",
      title,
      collapsed: false,
      panels: [],
      gridPos: { x: 0, y, w: columns, h: 1 },
    });
    y += 1;
    let [x, tallest] = [0, 0];
    for (const { width, height, json } of panels) {
      if (x + width > columns) {
        y += tallest;
        [x, tallest] = [0, 0];
      }
      placed.push({ id: placed.length + 1, gridPos: { x, y, w: width, h: height }, ...json });
      x += width;
      tallest = Math.max(tallest, height);
    }
    y += tallest;
  }
  return placed;
}
