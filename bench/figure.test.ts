import { expect, test } from "vitest";
import { Parts } from "./figure.ts";

test("a part that fails is noted and said, and the others are taken", async () => {
  const said: string[] = [];
  const parts = new Parts({ quick: true, say: (line) => said.push(line) });
  const found = [
    await parts.take("one", async () => 1),
    await parts.take("two", async () => await Promise.reject(new Error("it died\nwith details"))),
    await parts.take("three", async () => 3),
  ];
  expect(found).toEqual([1, undefined, 3]);
  expect(parts.failed).toEqual(["two: Error: it died"]);
  expect(said).toHaveLength(1);
});
