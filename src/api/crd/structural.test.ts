import { Type } from "typebox";
import { describe, expect, test } from "vitest";
import { customResourceDefinition } from "./definition.ts";
import { StructuralError, structural } from "./structural.ts";

const description = "d";

describe("rewritten", () => {
  test("literals become an enum with a type", () => {
    const union = Type.Union([Type.Literal("a"), Type.Literal("b")], { description });
    expect(structural(union, "x")).toEqual({ type: "string", enum: ["a", "b"], description });
    expect(structural(Type.Literal(3, { description }), "x")).toEqual({
      type: "integer",
      enum: [3],
      description,
    });
  });

  test("records become additionalProperties", () => {
    const record = Type.Record(Type.String(), Type.String({ maxLength: 9 }), {
      maxProperties: 2,
      description,
    });
    expect(structural(record, "x")).toEqual({
      type: "object",
      additionalProperties: { type: "string", maxLength: 9 },
      maxProperties: 2,
      description,
    });
  });

  test("a default inside a list is left to resolveSpec", () => {
    const step = Type.Object(
      { hold: Type.String({ maxLength: 9, default: "5m", description }) },
      { description },
    );
    const list = structural(Type.Array(step, { maxItems: 2, description }), "x");
    const hold = { type: "string", maxLength: 9, description };
    expect(list).toMatchObject({ items: { properties: { hold } } });
    expect(JSON.stringify(list)).not.toContain('"default"');
    expect(structural(step, "x")).toMatchObject({ properties: { hold: { default: "5m" } } });
  });

  test("extensions and rules are kept", () => {
    const rules = [{ rule: "self > 0", message: "m" }];
    const schema = Type.Unsafe({
      "x-kubernetes-int-or-string": true,
      "x-kubernetes-validations": rules,
      description,
    });
    expect(structural(schema, "x")).toEqual({
      "x-kubernetes-int-or-string": true,
      "x-kubernetes-validations": rules,
      description,
    });
  });
});

describe("refused, with the field's path", () => {
  test.each<[string, unknown, string]>([
    ["a reference", { $ref: "#/x", description }, "x: $ref cannot be part of a structural schema"],
    ["no type", { description }, "x: needs a type"],
    [
      "a type beside int-or-string",
      { type: "string", "x-kubernetes-int-or-string": true, maxLength: 1, description },
      "x: needs a type",
    ],
    [
      "no description",
      Type.Object({ a: Type.String({ maxLength: 1 }) }, { description }),
      "x.a: needs a description",
    ],
    [
      "a string without bound",
      Type.Object({ a: Type.String({ description }) }, { description }),
      "x.a: needs maxLength",
    ],
    ["a list without bound", Type.Array(Type.Integer(), { description }), "x: needs maxItems"],
    ["a list of anything", { type: "array", maxItems: 1, description }, "x: needs items"],
    [
      "a map without bound",
      Type.Record(Type.String(), Type.Integer(), { description }),
      "x: needs maxProperties",
    ],
    [
      "keys with a pattern",
      { type: "object", patternProperties: { "^a": {} }, description },
      "x: free keys cannot have a pattern",
    ],
    [
      "a union of types",
      Type.Union([Type.String(), Type.Integer()], { description }),
      "x: anyOf may only hold literals",
    ],
    [
      "a union of literals of two types",
      Type.Union([Type.Literal("a"), Type.Literal(1)], { description }),
      "x: anyOf may only hold literals",
    ],
    ["allOf", { type: "object", allOf: [], description }, "x: allOf cannot be part"],
    ["no schema", [], "x: is no schema"],
  ])("%s", (_, schema, message) => {
    expect(() => structural(schema, "x")).toThrow(StructuralError);
    expect(() => structural(schema, "x")).toThrow(message);
  });
});

test("the definition is plain data", () => {
  const definition = customResourceDefinition();
  expect(JSON.parse(JSON.stringify(definition))).toEqual(definition);
});
