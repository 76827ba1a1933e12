import type { HistoryEntry, ModelRollout } from "../api/types.ts";
import type { Instruments } from "./instruments.ts";
import type { MetricName } from "./metric-table.ts";

/** One value of a gauge. */
interface Reading {
  readonly metric: MetricName;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

interface Known {
  rollout: ModelRollout;
  /** Gauges shown now, by metric and labels. */
  shown: ReadonlyMap<string, Reading>;
  /** Reasons of its series of modelrollout_rollbacks_total. */
  readonly reasons: Set<string>;
  /** `startedAt` of the last rollback that was timed. */
  timed?: string;
}

/**
 * Series per ModelRollout. Only the leader shows them, so that a sum over the replicas counts nothing twice, and
 * they go with the rollout. Releases are counted when they end, from what appears in `status.history`.
 */
export class RolloutSeries {
  readonly #instruments: Instruments;
  readonly #known = new Map<string, Known>();
  #leading = false;

  constructor(instruments: Instruments) {
    this.#instruments = instruments;
  }

  lead(leading: boolean): void {
    if (this.#leading === leading) return;
    this.#leading = leading;
    for (const known of this.#known.values()) this.#show(known);
  }

  /** A rollout was seen, has changed, or is gone. Telling the same twice does no harm. */
  changed(before: ModelRollout | undefined, after: ModelRollout | undefined): void {
    const subject = after ?? before;
    if (subject === undefined) return;
    const key = `${subject.metadata.namespace}/${subject.metadata.name}`;
    const known = this.#known.get(key);
    if (known !== undefined && (after === undefined || known.rollout.metadata.uid !== after.metadata.uid)) {
      this.#forget(key, known);
    }
    if (after !== undefined) this.#keep(key, before, after);
  }

  #keep(key: string, before: ModelRollout | undefined, after: ModelRollout): void {
    const known = this.#known.get(key) ?? { rollout: after, shown: new Map(), reasons: new Set<string>() };
    this.#known.set(key, known);
    const previous = known.rollout;
    known.rollout = after;
    if (this.#leading) this.#count(known, [previous, ...(before === undefined ? [] : [before])], after);
    this.#show(known);
  }

  #count(known: Known, earlier: readonly ModelRollout[], after: ModelRollout): void {
    const seen = new Set(earlier.flatMap(({ status }) => status?.history ?? []).map(nameOfEntry));
    const ended = (after.status?.history ?? []).filter((entry) => !seen.has(nameOfEntry(entry)));
    for (const entry of ended) this.#countEnd(known, entry);
    this.#timeRollback(known, earlier, after, ended[0]);
  }

  #countEnd(known: Known, { outcome, reason, startedAt, finishedAt }: HistoryEntry): void {
    const labels = nameLabels(known.rollout);
    if (outcome === "Promoted") this.#instruments.add("modelrollout_promotions_total", labels);
    if (outcome === "RolledBack") {
      known.reasons.add(reason);
      this.#instruments.add("modelrollout_rollbacks_total", { ...labels, reason });
    }
    const ms = Date.parse(finishedAt) - Date.parse(startedAt);
    if (Number.isFinite(ms)) this.#instruments.observe("modelrollout_duration_seconds", { outcome }, ms);
  }

  /** Each rollback once, at the first read-back that shows the stable weights. */
  #timeRollback(
    known: Known,
    earlier: readonly ModelRollout[],
    after: ModelRollout,
    ended?: HistoryEntry,
  ): void {
    const open = earlier.map(({ status }) => status?.rollback).find((rollback) => rollback !== undefined);
    const rollback = after.status?.rollback ?? open;
    if (rollback === undefined || known.timed === rollback.startedAt) return;
    // Without a drain the rollback may be over in the very plan that read the weights back.
    const at = after.status?.rollback === undefined ? ended?.finishedAt : rollback.zeroAt;
    if (at === undefined) return;
    known.timed = rollback.startedAt;
    if (open?.zeroAt !== undefined) return;
    const ms = Date.parse(at) - Date.parse(rollback.startedAt);
    if (!Number.isFinite(ms)) return;
    this.#instruments.observe("modelrollout_rollback_seconds", { reason: rollback.reason }, ms);
  }

  #show(known: Known): void {
    const labels = nameLabels(known.rollout);
    const readings = this.#leading ? readingsOf(known.rollout) : [];
    const wanted = new Map(readings.map((reading) => [nameOfReading(reading), reading]));
    for (const [name, reading] of known.shown) if (!wanted.has(name)) this.#drop(reading);
    for (const { metric, labels: own, value } of wanted.values())
      this.#instruments.set(metric, asLabels(own), value);
    if (this.#leading && known.shown.size === 0) {
      this.#instruments.add("modelrollout_promotions_total", labels, 0);
      for (const reason of ["AlarmFired", ...known.reasons]) {
        known.reasons.add(reason);
        this.#instruments.add("modelrollout_rollbacks_total", { ...labels, reason }, 0);
      }
    }
    known.shown = wanted;
  }

  #drop({ metric, labels }: Reading): void {
    this.#instruments.remove(metric, asLabels(labels));
  }

  #forget(key: string, known: Known): void {
    this.#known.delete(key);
    const labels = nameLabels(known.rollout);
    for (const reading of known.shown.values()) this.#drop(reading);
    this.#instruments.remove("modelrollout_promotions_total", labels);
    for (const reason of known.reasons)
      this.#instruments.remove("modelrollout_rollbacks_total", { ...labels, reason });
  }
}

/** Everything that gauges say of one rollout. */
function readingsOf(rollout: ModelRollout): readonly Reading[] {
  const { spec, status } = rollout;
  const labels = nameLabels(rollout);
  const traffic = Object.keys(spec.traffic)[0] ?? "none";
  const weight = status?.weight;
  const weights = [
    ["desired", weight?.desired],
    ["acknowledged", weight?.acknowledged],
    ["observed", weight?.observed],
  ] as const;
  return [
    {
      metric: "modelrollout_info",
      labels: { ...labels, state: status?.state ?? "Unknown", traffic },
      value: 1,
    },
    { metric: "modelrollout_step", labels, value: status?.step === undefined ? 0 : status.step.index + 1 },
    ...weights.flatMap(([kind, value]): Reading[] =>
      value === undefined ? [] : [{ metric: "modelrollout_weight", labels: { ...labels, kind }, value }],
    ),
    ...(status?.conditions ?? []).map(
      ({ type, status: now }): Reading => ({
        metric: "modelrollout_condition",
        labels: { ...labels, type, status: now },
        value: 1,
      }),
    ),
  ];
}

function nameLabels({ metadata }: ModelRollout): { readonly namespace: string; readonly name: string } {
  return { namespace: metadata.namespace, name: metadata.name };
}

/** A reading's labels are those of its metric, by `readingsOf`; the table's types cannot follow them through a list. */
function asLabels(labels: Readonly<Record<string, string>>): never {
  return labels as never;
}

function nameOfReading({ metric, labels }: Reading): string {
  return `${metric} ${Object.values(labels).join(" ")}`;
}

function nameOfEntry({ release, revision, outcome, finishedAt }: HistoryEntry): string {
  return `${release ?? revision} ${outcome} ${finishedAt}`;
}
