import { expect, test } from "vitest";
import { environmentOf, imageEnvironment } from "./image-environment.ts";

const entry = `ENTRYPOINT ["/nodejs/bin/node", "--enable-source-maps", "/app/main.mjs", "--log-level=info"]`;

test("variables of the last stage, and Node's flags from the entry point, but none of the operator's", () => {
  const text = `FROM x AS build\nENV LOST=1\nFROM y\nENV A=b\nENV NODE_OPTIONS="--one=1 --two" C=d\n${entry}\n`;
  expect(environmentOf(text)).toEqual({ A: "b", C: "d", NODE_OPTIONS: "--enable-source-maps --one=1 --two" });
});

test("an entry point that is not Node is refused", () => {
  expect(environmentOf(`\nFROM x\n${entry}\n`)).toEqual({ NODE_OPTIONS: "--enable-source-maps" });
  expect(() => environmentOf(`\nFROM x\nENTRYPOINT ["/bin/sh"]\n`)).toThrow(RangeError);
});

test("the image's heap is bounded, and fits into the memory limit of the Deployment", async () => {
  const { NODE_OPTIONS = "", MALLOC_ARENA_MAX } = await imageEnvironment();
  const old = /--max-old-space-size=(\d+)/.exec(NODE_OPTIONS)?.[1];
  expect(Number(old)).toBeLessThan(512 - 96);
  expect(MALLOC_ARENA_MAX).toBe("1");
});
