import { expect, test } from "vitest";
import { missingLine } from "./expected-output.ts";

const printed = `NAME        READY   STATE     AGE
sentiment   False   Holding   81s
sentiment   True    Idle      2m4s
release 9c02ab34ef-1 until 12:03:13 UTC
`;

test.each([
  ["the same", printed],
  ["other ages, revisions and times", "sentiment False Holding 7s\nrelease 0123456789-1 until 09:00:00 UTC"],
  ["some lines, in order", "NAME READY STATE AGE\nsentiment   True   Idle   1s"],
  ["anything for the dots", "sentiment … Idle …\nrelease … UTC"],
])("%s is printed", (_, shown) => {
  expect(missingLine(shown, printed)).toBeUndefined();
});

test.each([
  ["another word", "sentiment False Paused 81s"],
  ["half a line", "sentiment False"],
  ["another order", "sentiment True Idle 1s\nsentiment False Holding 1s"],
  ["a word where a revision is", "release something-1 until 12:03:13 UTC"],
])("%s is not", (_, shown) => {
  expect(missingLine(shown, printed)).toBe(shown.split("\n").at(-1));
});
