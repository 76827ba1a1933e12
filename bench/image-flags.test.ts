import { expect, test } from "vitest";
import { flagsOf, imageFlags } from "./image-flags.ts";

test("flags of the entry point and of the variable, and nothing of the operator's own", () => {
  const entry = `ENTRYPOINT ["/nodejs/bin/node", "--enable-source-maps", "/app/main.mjs", "--log-level=info"]`;
  expect(flagsOf(`FROM x\nENV A=b NODE_OPTIONS="--one=1 --two"\n${entry}\n`)).toBe(
    "--enable-source-maps --one=1 --two",
  );
  expect(flagsOf(`FROM x\n${entry}\n`)).toBe("--enable-source-maps");
  expect(() => flagsOf(`FROM x\nENTRYPOINT ["/bin/sh"]\n`)).toThrow(RangeError);
});

test("the image's heap is bounded, and fits into the memory limit of the Deployment", async () => {
  const old = /--max-old-space-size=(\d+)/.exec(await imageFlags())?.[1];
  expect(Number(old)).toBeLessThan(512 - 96);
});
