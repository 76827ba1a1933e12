import { expect, test } from "vitest";
import { screensOf, textOf } from "./frames.ts";
import { svgOf } from "./svg.ts";

const drawn = (text: string): string => `\u001b[?2026h\u001b[H${text}\u001b[J\u001b[?2026l`;
const first = drawn(
  "\u001b[1mtitle\u001b[22m\u001b[K\r\n \u001b[31m██\u001b[39m\u001b[2m░░\u001b[22m 5 % <&>\u001b[K",
);

test("every screen that was drawn is found, with its looks", () => {
  const screens = screensOf(`\u001b[?1049h${first}noise${drawn("second")}`);
  expect(screens.map(textOf)).toEqual(["title\n ██░░ 5 % <&>", "second"]);
  expect(screens[0]?.[0]).toEqual([{ text: "title", bold: true, dim: false }]);
  expect(screens[0]?.[1]?.[1]).toEqual({ text: "██", bold: false, dim: false, colour: "red" });
  expect(screensOf("nothing was drawn")).toEqual([]);
});

test("the picture has every word and bar of the screen", () => {
  const svg = svgOf([{ caption: "a & b", screen: screensOf(first)[0] ?? [] }], 20);
  expect(svg.match(/<text/g)).toHaveLength(svg.match(/<\/text>/g)?.length ?? 0);
  expect(svg).toContain(">title</text>");
  expect(svg).toContain(">5 % &lt;&amp;&gt;</text>");
  expect(svg.match(/<rect [^>]*fill="#ff7b72"/g)).toHaveLength(1);
  expect(svg).toContain('width="188"');
});
