import type { Reaction } from "./reaction.ts";
import type { ActResult } from "./story.ts";
import { errorsBeside } from "./tally.ts";
import type { Line, Span } from "./view/cells.ts";
import type { Totals } from "./view/snapshot.ts";
import { grouped } from "./view/totals.ts";

/** What the show came to. */
export interface Outcome {
  readonly acts: readonly ActResult[];
  /** As AWS saw the calls. */
  readonly reaction?: Reaction;
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

/** The end of the show on the terminal. */
export function summaryLines(outcome: Outcome): readonly Line[] {
  const problems = problemsOf(outcome);
  return [
    [{ text: "What happened", style: ["bold"] }],
    ...outcome.acts.map(actLine),
    ...reactionLines(outcome),
    [{ text: `  The operator made ${callsText(outcome.calls)}.` }],
    [{ text: `  Set-up took ${seconds(outcome.setupMs)}, the show ${seconds(outcome.showMs)}.` }],
    [],
    ...(problems.length === 0
      ? [
          [
            {
              text: "As it should be: v8 is promoted, v9 is taken back, nothing else was lost.",
              style: ["green", "bold"],
            } as Span,
          ],
        ]
      : problems.map(
          (problem): Line => [{ text: `Not as it should be: ${problem}`, style: ["red", "bold"] }],
        )),
  ];
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

function reactionLines({ reaction, statusMs }: Outcome): readonly Line[] {
  if (reaction === undefined) return [];
  const { writtenMs, acknowledgedMs } = reaction;
  return [
    [
      { text: "  From the read of ALARM to stable weights acknowledged: " },
      { text: milliseconds(acknowledgedMs), style: ["bold"] },
    ],
    [
      {
        text: `    (written after ${milliseconds(writtenMs)}; measured at the AWS endpoint, from the answer to DescribeAlarms`,
        style: ["dim"],
      },
    ],
    [
      {
        text: `     to the answer to the read-back${statusMs === undefined ? "" : `; by the operator's own status: ${milliseconds(statusMs)}`})`,
        style: ["dim"],
      },
    ],
  ];
}

const milliseconds = (ms: number): string => `${ms < 10 ? ms.toFixed(1) : Math.round(ms)} ms`;
const seconds = (ms: number): string => `${Math.round(ms / 1000)} s`;

function callsText(calls: Readonly<Record<string, number>>): string {
  const entries = Object.entries(calls).sort(([, one], [, other]) => other - one);
  const total = entries.reduce((sum, [, count]) => sum + count, 0);
  return `${total} AWS calls: ${entries.map(([operation, count]) => `${count} ${operation}`).join(", ")}`;
}
