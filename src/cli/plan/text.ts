import { formatDuration } from "../../api/duration.ts";
import { type Line, plain, printable, type Span, styled } from "../text/line.ts";
import { table } from "../text/table.ts";
import type { Change } from "./change.ts";
import type { StartGate } from "./gates.ts";
import type { Play, Totals } from "./report.ts";
import type { TimelineEntry } from "./timeline.ts";

/** What `plan` says about one ModelRollout; with `-o json` it is printed as it is. */
export interface PlanReport {
  readonly name: string;
  readonly namespace?: string;
  /** Absent when no cluster was asked. */
  readonly change?: Change;
  readonly gates?: readonly StartGate[];
  /** Absent when nothing would happen. */
  readonly play?: Play;
  /** What the two columns of the timeline are called. */
  readonly columns: readonly [string, string];
  /** What was taken for granted, a sentence each. */
  readonly assumed: readonly string[];
}

export function planLines(report: PlanReport): readonly Line[] {
  const { name, namespace, change, gates = [], play, columns, assumed } = report;
  const title: Line = [
    styled(name, "bold"),
    styled(namespace === undefined ? "" : ` in ${namespace}`, "dim"),
    { text: change === undefined ? "" : `: ${printable(change.sentence)}` },
  ];
  const blocks: readonly (readonly Line[])[] = [
    [title],
    gates.map(gateLine),
    play === undefined ? [] : timelineTable(play.timeline, columns),
    play === undefined ? [] : totalsLines(play),
    assumed.map((text) => [styled(text, "dim")]),
  ];
  return blocks
    .filter((block) => block.length > 0)
    .flatMap((block, index) => (index === 0 ? block : [[], ...block]));
}

const marks: Readonly<Record<StartGate["answer"], Span>> = {
  open: styled("✓", "green"),
  closed: styled("✗", "red", "bold"),
  unknown: styled("?", "yellow"),
};

function gateLine({ gate, answer, message }: StartGate): Line {
  return [{ text: "  " }, marks[answer], { text: ` ${gate.padEnd(9)} ` }, { text: printable(message) }];
}

function timelineTable(
  timeline: readonly TimelineEntry[],
  [one, other]: PlanReport["columns"],
): readonly Line[] {
  if (timeline.length === 0) return [];
  const columns = [
    { title: "AFTER", align: "right" as const },
    { title: one, align: "right" as const },
    { title: "PODS", align: "right" as const },
    { title: other, align: "right" as const },
    { title: "PODS", align: "right" as const },
    { title: "WHAT HAPPENS" },
  ];
  const hasPods = timeline.some(({ pods }) => pods.a.wanted + pods.b.wanted > 0);
  const rows = timeline.map(({ atMs, shares, pods, what }, index): Span[] => {
    const again = timeline[index - 1]?.atMs === atMs;
    const count = ({ serving, wanted }: { readonly serving: number; readonly wanted: number }) =>
      styled(hasPods ? `${serving}/${wanted}` : "", ...(serving < wanted ? (["yellow"] as const) : []));
    return [
      styled(again ? "" : formatDuration(atMs), "dim"),
      { text: shares === undefined ? "" : percent(shares.a) },
      count(pods.a),
      { text: shares === undefined ? "" : percent(shares.b) },
      count(pods.b),
      { text: printable(what) },
    ];
  });
  return table(columns, rows);
}

const percent = (share: number): string => `${Math.round(share)} %`;

function totalsLines({ totals, standsAt }: Play): readonly Line[] {
  const lines: Line[] = [];
  const { allTrafficMs, stableMs, doneMs, approvals, mostPods } = totals;
  const times = [
    allTrafficMs === undefined ? undefined : `all the traffic after ${formatDuration(allTrafficMs)}`,
    stableMs === undefined ? undefined : `stable after ${formatDuration(stableMs)}`,
    doneMs === undefined ? undefined : `all done after ${formatDuration(doneMs)}`,
  ].filter((text) => text !== undefined);
  if (times.length > 0) lines.push(plain(`${times.join(", ")}${peopleText(totals)}`));
  else if (approvals > 0) lines.push(plain(`${approvals} approval(s) are waited for`));
  if (standsAt !== undefined) {
    lines.push([
      styled("There it stands until somebody does something about it: ", "yellow"),
      { text: printable(standsAt) },
    ]);
  }
  if (mostPods !== undefined) lines.push(plain(`at most ${mostPods} pods at once`));
  return lines;
}

function peopleText({ approvals }: Totals): string {
  if (approvals === 0) return "";
  return `, and the time that ${approvals === 1 ? "one approval takes" : `${approvals} approvals take`}`;
}
