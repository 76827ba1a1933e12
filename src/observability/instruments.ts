import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";
import { type MetricEntry, type MetricLabels, type MetricName, metricTable } from "./metric-table.ts";

type Instrument = Counter | Gauge | Histogram;

/** The metrics of the table in a registry of their own, by name. The only place that knows prom-client. */
export class Instruments {
  readonly #registry = new Registry();
  readonly #instruments: ReadonlyMap<string, Instrument>;

  constructor() {
    const entries: readonly (readonly [string, MetricEntry])[] = Object.entries(metricTable);
    this.#instruments = new Map(entries.map(([name, entry]) => [name, make(name, entry, this.#registry)]));
    // process_* and nodejs_*: memory, CPU, event loop, garbage collection.
    collectDefaultMetrics({ register: this.#registry });
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  text(): Promise<string> {
    return this.#registry.metrics();
  }

  /** Adds to a counter; 0 makes the series appear, so that its first increase is seen. */
  add<N extends MetricName>(name: N, labels: MetricLabels<N>, amount = 1): void {
    const counter = this.#instruments.get(name);
    if (counter instanceof Counter) counter.inc({ ...labels }, amount);
  }

  set<N extends MetricName>(name: N, labels: MetricLabels<N>, value: number): void {
    const gauge = this.#instruments.get(name);
    if (gauge instanceof Gauge) gauge.set({ ...labels }, value);
  }

  /** Puts a duration into a histogram: milliseconds in, seconds shown. */
  observe<N extends MetricName>(name: N, labels: MetricLabels<N>, ms: number): void {
    const histogram = this.#instruments.get(name);
    if (histogram instanceof Histogram) histogram.observe({ ...labels }, Math.max(0, ms) / 1_000);
  }

  /** Drops one series. */
  remove<N extends MetricName>(name: N, labels: MetricLabels<N>): void {
    this.#instruments.get(name)?.remove({ ...labels });
  }
}

function make(name: string, { type, labels, help, buckets }: MetricEntry, registry: Registry): Instrument {
  const options = { name, help, labelNames: [...labels], registers: [registry] };
  if (type === "counter") return new Counter(options);
  if (type === "gauge") return new Gauge(options);
  return new Histogram({ ...options, ...(buckets === undefined ? {} : { buckets: [...buckets] }) });
}
