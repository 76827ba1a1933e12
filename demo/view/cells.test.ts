import * as fc from "fast-check";
import { expect, test } from "vitest";
import { column, cut, fit, type Line, paint, plain, printable, width } from "./cells.ts";

test("what moves the cursor or colours is taken out of a text", () => {
  expect(printable("a\u001b[31mred\u001b[0m\r\n\tb\u0007\u001b]0;title\u0007")).toBe("ared b");
});

test("wide characters and emoji take two cells", () => {
  expect(width("v8")).toBe(2);
  expect(width("模型")).toBe(4);
  expect(width("🚀")).toBe(2);
  expect(width("é")).toBe(1);
});

test("what is too long ends in an ellipsis and never goes beyond", () => {
  expect(cut("sentiment", 9)).toBe("sentiment");
  expect(cut("sentiment", 8)).toBe("sentime…");
  expect(cut("模型模型", 4)).toBe("模…");
  expect(cut("anything", 0)).toBe("");
  fc.assert(
    fc.property(fc.string({ unit: "grapheme" }), fc.integer({ min: 0, max: 40 }), (text, cells) => {
      expect(width(cut(printable(text), cells))).toBeLessThanOrEqual(cells);
    }),
  );
});

test("a column is exactly as wide as it was asked for", () => {
  expect(column("v8", 5)).toBe("v8   ");
  expect(column("90 %", 6, "right")).toBe("  90 %");
  expect(column("a long version", 6)).toBe("a lon…");
});

test("a line is cut across its pieces, and keeps its looks", () => {
  const line: Line = [{ text: "state " }, { text: "Holding", style: ["yellow"] }, { text: " step" }];
  expect(fit(line, 18)).toEqual(line);
  expect(plain(fit(line, 13))).toBe("state Holdin…");
  expect(fit(line, 9)).toEqual([{ text: "state " }, { text: "Ho…", style: ["yellow"] }]);
  for (let cells = 1; cells < 20; cells++) expect(width(plain(fit(line, cells)))).toBeLessThanOrEqual(cells);
});

test("colour is escape codes, and without it there are none", () => {
  const line: Line = [{ text: "ALARM", style: ["red", "bold"] }, { text: " plain" }];
  expect(paint(line, true)).toContain("\u001b[31m");
  expect(paint(line, false)).toBe("ALARM plain");
});
