/** What vitest's JSON report holds of a test file, as far as it is read here. */
export interface FileReport {
  readonly name: string;
  readonly status: string;
  readonly message?: string;
  readonly assertionResults: readonly {
    readonly fullName: string;
    readonly status: string;
    readonly failureMessages?: readonly string[] | null;
  }[];
}

export interface JsonReport {
  readonly testResults: readonly FileReport[];
}

/** What a run of one project came to. */
export interface Tally {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  /** One line for each failure. */
  readonly failures: readonly string[];
}

/** How a run ended, besides its report. */
export interface Ending {
  /** Exit code of vitest; undefined when it was stopped because it took too long. */
  readonly code: number | undefined;
  /** Undefined when there is none, or it could not be read. */
  readonly report: JsonReport | undefined;
  /** Whether it is in order that no test was found: the caller asked for some only. */
  readonly mayBeEmpty: boolean;
}

/**
 * Counts from the report, never from what was printed. Whatever goes wrong outside a test counts as one failure, so
 * that nothing that went wrong can look like success: a file that could not be loaded, a hook that failed, a run
 * that crashed, ended with an error though all tests passed, took too long, or found no test at all.
 */
export function tallyOf({ code, report, mayBeEmpty }: Ending): Tally {
  const files = report?.testResults ?? [];
  const tests = files.flatMap(({ assertionResults }) => assertionResults);
  const count = (...statuses: readonly string[]): number =>
    tests.filter(({ status }) => statuses.includes(status)).length;
  const failures = files.flatMap(failuresOf);
  const passed = count("passed");
  const skipped = tests.length - passed - count("failed");
  const problem = problemOf({ code, report, mayBeEmpty }, tests.length, failures.length);
  const all = problem === undefined ? failures : [...failures, problem];
  return { passed, failed: all.length, skipped, failures: all };
}

function failuresOf({ name, status, message, assertionResults }: FileReport): readonly string[] {
  const failed = assertionResults.filter((test) => test.status === "failed");
  const lines = failed.map((test) => `${name} > ${test.fullName}: ${firstLine(test.failureMessages?.[0])}`);
  if (status !== "failed" || lines.length > 0) return lines;
  return [`${name}: ${firstLine(message)}`];
}

function problemOf(
  { code, report, mayBeEmpty }: Ending,
  tests: number,
  failures: number,
): string | undefined {
  if (code === undefined) return "took too long and was stopped";
  if (report === undefined)
    return mayBeEmpty && code === 0 ? undefined : `crashed (exit code ${code}) and left no report`;
  if (tests === 0 && failures === 0) return mayBeEmpty && code === 0 ? undefined : "found no test";
  if (code !== 0 && failures === 0) return `ended with exit code ${code} although no test failed`;
  return undefined;
}

function firstLine(text: string | undefined): string {
  return (
    text
      ?.split("\n")
      .find((line) => line.trim() !== "")
      ?.trim() ?? "failed"
  );
}

/** `12 passed, 0 failed, 3 skipped`; without the last part when none was. */
export function countLine({ passed, failed, skipped }: Omit<Tally, "failures">): string {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`;
}
