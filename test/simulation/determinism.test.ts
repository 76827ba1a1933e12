import { expect, test } from "vitest";
import { run } from "./run.ts";

test("the same seed does the same, to the last byte", async () => {
  for (const seed of [4, 11]) {
    const first = await run(seed, { keep: 1_000_000 });
    const second = await run(seed, { keep: 1_000_000, logs: true });
    expect(second.digest).toBe(first.digest);
    expect(second.events).toBe(first.events);
    const told = second.story.filter((line) => !line.includes('"level":'));
    expect(told.join("\n")).toBe(first.story.join("\n"));
  }
});

test("another seed does something else", async () => {
  const [one, other] = [await run(4), await run(5)];
  expect(one.digest).not.toBe(other.digest);
});
