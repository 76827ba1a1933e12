import * as fc from "fast-check";
import { expect, test } from "vitest";
import { statusSchema } from "../api/status.ts";
import { conforming, type Shape } from "./conforming.ts";

const shape: Shape = {
  type: "object",
  required: ["name"],
  properties: {
    name: { type: "string" },
    count: { type: "integer" },
    inner: {
      type: "object",
      required: ["at"],
      properties: { at: { type: "string" }, on: { type: "boolean" } },
    },
    list: { type: "array", items: { type: "number" } },
    loose: { type: "object", properties: { on: { type: "boolean" } } },
  },
};

test.each([
  [
    { name: "x", count: 1 },
    { name: "x", count: 1 },
  ],
  [{ name: "x", count: 1.5 }, { name: "x" }],
  [{ name: "x", unknown: 1 }, { name: "x" }],
  [{ count: 1 }, undefined],
  [{ name: "x", inner: { on: true } }, { name: "x" }],
  [
    { name: "x", inner: { at: "t", on: "yes" } },
    { name: "x", inner: { at: "t" } },
  ],
  [
    { name: "x", list: [1, "2", null, 3] },
    { name: "x", list: [1, 3] },
  ],
  [{ name: "x", list: {} }, { name: "x" }],
  [
    { name: "x", loose: { on: 1 } },
    { name: "x", loose: {} },
  ],
  [{ name: "x", loose: [] }, { name: "x" }],
  [null, undefined],
  [[], undefined],
])("%j becomes %j", (given, expected) => expect(conforming(shape, given)).toEqual(expected));

test("what conforms to the schema of status is a fixed point", () => {
  const root = statusSchema as unknown as Shape;
  fc.assert(
    fc.property(
      fc.object({
        key: fc.constantFrom(...Object.keys(root.properties ?? {}), "revision", "slot"),
        maxDepth: 3,
      }),
      (given) => {
        const once = conforming(root, given);
        expect(conforming(root, once)).toEqual(once);
      },
    ),
  );
});
