import type { Reaction } from "./reaction.ts";
import type { ActResult } from "./story.ts";
import { errorsBeside } from "./tally.ts";
import type { ReactionWords } from "./traffic/traffic.ts";
import { fit, type Line, type Span, type Style } from "./view/cells.ts";
import type { Totals } from "./view/snapshot.ts";
import { grouped } from "./view/totals.ts";
import { wrapped } from "./view/wrapped.ts";

/** What the show came to. */
export interface Outcome {
  readonly acts: readonly ActResult[];
  /** As it was seen from outside. */
  readonly reaction?: Reaction;
  readonly words: ReactionWords;
  /** Between the timestamps that the operator put into status, ms. */
  readonly statusMs?: number;
  /** Of the operator, by operation. */
  readonly calls: Readonly<Record<string, number>>;
  readonly setupMs: number;
  readonly showMs: number;
}

const badVersion = "v9";

/** Everything that is not as it should be, in sentences. None: the demo has shown what it claims. */
export function problemsOf({ acts, reaction }: Outcome): readonly string[] {
  const problems = acts.flatMap(({ problem }) => problem ?? []);
  for (const { version, totals } of acts) {
    const lost = errorsBeside(totals, badVersion);
    if (lost > 0)
      problems.push(
        `${lost} requests failed during the release of ${version} that ${badVersion} did not answer`,
      );
  }
  if (acts.length < 3) problems.push("the show did not come to its end");
  else if (reaction === undefined) problems.push("no alarm took the traffic back");
  return problems;
}

/** The end of the show, in lines of at most `columns` cells. */
export function summaryLines(outcome: Outcome, columns: number): readonly Line[] {
  const problems = problemsOf(outcome);
  const cells = Math.max(20, Math.min(columns, 100) - 2);
  const say = (text: string, style: readonly Style[] = []): readonly Line[] =>
    wrapped(text, cells, 10).map((line) => [{ text: `  ${line}`, style }]);
  const { reaction } = outcome;
  return [
    [{ text: "What happened", style: ["bold"] }],
    ...outcome.acts.map((act) => fit(actLine(act), columns)),
    [],
    ...(reaction === undefined
      ? []
      : [
          ...say(
            `From the read of ALARM to ${outcome.words.until}: ${milliseconds(reaction.acknowledgedMs)}`,
            ["bold"],
          ),
          ...say(howMeasured(outcome, reaction), ["dim"]),
        ]),
    ...say(`The operator made ${callsText(outcome.calls)}.`, ["dim"]),
    ...say(`It took ${seconds(outcome.setupMs)} to start everything, the show ${seconds(outcome.showMs)}.`, [
      "dim",
    ]),
    [],
    ...(problems.length === 0
      ? say("As it should be: v8 was promoted, v9 was taken back, nothing else failed.", ["green", "bold"])
      : problems.flatMap((problem) => say(`Not as it should be: ${problem}.`, ["red", "bold"]))),
  ];
}

function howMeasured({ words, statusMs }: Outcome, { writtenMs }: Reaction): string {
  const own = statusMs === undefined ? "" : ` The timestamps in status say ${milliseconds(statusMs)}.`;
  return words.howMeasured(milliseconds(writtenMs)) + own;
}

const verdicts: Readonly<Record<string, string>> = { v7: "serves", v8: "promoted", v9: "rolled back" };

function actLine({ version, tookMs, totals, problem }: ActResult): Line {
  const mark: Span =
    problem === undefined ? { text: "  ✓ ", style: ["green"] } : { text: "  ✗ ", style: ["red"] };
  const verdict = problem ?? verdicts[version] ?? "";
  return [
    mark,
    { text: `${version} ${verdict}`.padEnd(16), style: ["bold"] },
    { text: `${seconds(tookMs).padStart(5)}   ${requestsText(totals)}` },
  ];
}

function requestsText({ requests, errors }: Totals): string {
  const sent = `${grouped(requests)} requests, `;
  if (errors.length === 0) return `${sent}0 errors`;
  const parts = errors.map(
    ({ version, count }) => `${grouped(count)} errors from ${version ?? "no pod at all"}`,
  );
  return sent + parts.join(", ");
}

const milliseconds = (ms: number): string => `${ms < 10 ? ms.toFixed(1) : Math.round(ms)} ms`;
const seconds = (ms: number): string => `${Math.round(ms / 1000)} s`;

function callsText(calls: Readonly<Record<string, number>>): string {
  const entries = Object.entries(calls).sort(([, one], [, other]) => other - one);
  const total = entries.reduce((sum, [, count]) => sum + count, 0);
  return `${total} AWS calls: ${entries.map(([operation, count]) => `${count} ${operation}`).join(", ")}`;
}
