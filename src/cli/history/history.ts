import type { HistoryEntry, ModelRollout } from "../../api/types.ts";
import { spoken } from "../../core/time.ts";
import { type Line, plain, printable, type Span, type Style, styled } from "../text/line.ts";
import { table } from "../text/table.ts";
import { when } from "../text/when.ts";

export interface HistoryView {
  readonly name: string;
  readonly namespace: string;
  /** The newest first. */
  readonly releases: readonly HistoryEntry[];
}

export function historyView({ metadata, status }: ModelRollout): HistoryView {
  return { name: metadata.name, namespace: metadata.namespace, releases: status?.history ?? [] };
}

const tones: Readonly<Record<string, Style>> = { Promoted: "green", RolledBack: "red", Superseded: "yellow" };

export function historyLines({ name, releases }: HistoryView, now: number): readonly Line[] {
  if (releases.length === 0) return [plain(`no release of ${name} has ended yet`)];
  const rows = releases.map((entry): Span[] => [
    { text: when(entry.startedAt, now) },
    { text: took(entry) },
    { text: printable(entry.modelVersion ?? "") },
    { text: entry.release ?? entry.revision },
    styled(entry.outcome, tones[entry.outcome] ?? "yellow"),
    { text: entry.reason === entry.outcome ? "" : entry.reason },
    styled(printable(entry.message), "dim"),
  ]);
  return table(
    [
      { title: "BEGUN" },
      { title: "TOOK", align: "right" },
      { title: "MODEL" },
      { title: "RELEASE" },
      { title: "OUTCOME" },
      { title: "REASON" },
      { title: "" },
    ],
    rows,
  );
}

function took({ startedAt, finishedAt }: HistoryEntry): string {
  const ms = Date.parse(finishedAt) - Date.parse(startedAt);
  return Number.isNaN(ms) ? "" : spoken(Math.max(0, ms));
}
