import { expect, test } from "vitest";
import { oneLine } from "./conditions.ts";

test("a message is one line without control characters, whatever an alarm is called", () => {
  expect(oneLine("5xx: in ALARM")).toBe("5xx: in ALARM");
  expect(oneLine("a\nb\r\n\tc\u2028d\u001b[31me")).toBe("a b c d [31me");
  expect(oneLine("a\u202eb\u2066c\u200fd")).toBe("a b c d");
});

test("a message has at most 500 characters, and one that was cut says so", () => {
  const long = "x".repeat(500);
  expect(oneLine(long)).toBe(long);
  const cut = oneLine(`${long}y`);
  expect(cut).toHaveLength(500);
  expect(cut).toBe(`${"x".repeat(499)}…`);
});
