import { describe, expect, test } from "vitest";
import { countLine, type FileReport, tallyOf } from "./report.ts";

const file = (statuses: readonly string[], more: Partial<FileReport> = {}): FileReport => ({
  name: "src/some.test.ts",
  status: statuses.includes("failed") ? "failed" : "passed",
  assertionResults: statuses.map((status, index) => ({
    fullName: `test ${index}`,
    status,
    failureMessages: status === "failed" ? ["\nError: expected 1\n    at line 3"] : [],
  })),
  ...more,
});

test("tests are counted by their status; what is neither passed nor failed was skipped", () => {
  const report = {
    testResults: [file(["passed", "skipped"]), file(["passed", "todo", "failed", "pending"])],
  };
  const tally = tallyOf({ code: 1, report, mayBeEmpty: false });
  expect(tally).toEqual({
    passed: 2,
    failed: 1,
    skipped: 3,
    failures: ["src/some.test.ts > test 2: Error: expected 1"],
  });
});

describe("counts as one failure:", () => {
  const passed = { testResults: [file(["passed"])] };
  test.each([
    [
      "a file that could not be loaded",
      { code: 1, report: { testResults: [file([], { status: "failed", message: "SyntaxError: x" })] } },
      "src/some.test.ts: SyntaxError: x",
    ],
    [
      "a hook that failed, its tests skipped",
      { code: 1, report: { testResults: [file(["skipped"], { status: "failed", message: "Error: hook" })] } },
      "src/some.test.ts: Error: hook",
    ],
    [
      "a run without a report",
      { code: 134, report: undefined },
      "crashed (exit code 134) and left no report",
    ],
    ["a run without a test", { code: 0, report: { testResults: [] } }, "found no test"],
    [
      "an error beside passing tests",
      { code: 1, report: passed },
      "ended with exit code 1 although no test failed",
    ],
    ["a run that took too long", { code: undefined, report: passed }, "took too long and was stopped"],
  ] as const)("%s", (_name, ending, failure) => {
    expect(tallyOf({ ...ending, mayBeEmpty: false })).toMatchObject({ failed: 1, failures: [failure] });
  });
});

test("no test is in order where only some were asked for, but a crash is not", () => {
  expect(tallyOf({ code: 0, report: { testResults: [] }, mayBeEmpty: true }).failed).toBe(0);
  expect(tallyOf({ code: 0, report: undefined, mayBeEmpty: true }).failed).toBe(0);
  expect(tallyOf({ code: 1, report: undefined, mayBeEmpty: true }).failed).toBe(1);
});

test("the line names skipped tests only when there are some", () => {
  expect(countLine({ passed: 3, failed: 0, skipped: 0 })).toBe("3 passed, 0 failed");
  expect(countLine({ passed: 3, failed: 1, skipped: 2 })).toBe("3 passed, 1 failed, 2 skipped");
});
