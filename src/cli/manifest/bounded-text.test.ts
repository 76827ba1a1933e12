import { Readable } from "node:stream";
import { expect, test } from "vitest";
import { Problem } from "../problem.ts";
import { boundedText, MAX_BYTES } from "./bounded-text.ts";
import { readDocuments } from "./documents.ts";

test("a text comes as it is, characters that lie across chunks too", async () => {
  const bytes = Buffer.from("a: höhe 😀\n");
  const stream = Readable.from([bytes.subarray(0, 5), bytes.subarray(5, 11), bytes.subarray(11)]);
  expect(await boundedText(stream)).toBe("a: höhe 😀\n");
});

test("one that never ends is cut, and refused", async () => {
  let given = 0;
  function* endless(): Generator<Buffer> {
    for (;;) {
      given += 65_536;
      yield Buffer.alloc(65_536, "a");
    }
  }
  const text = await boundedText(Readable.from(endless()));
  expect(given).toBeLessThan(2 * MAX_BYTES);
  expect(() => readDocuments(text, "-")).toThrow(Problem);
  expect(() => readDocuments(text, "-")).toThrow("larger than 3 MiB");
});
