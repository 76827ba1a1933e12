import { describe, expect, test } from "vitest";
import { parseHcl } from "./examples/hcl.ts";
import { applyTerraform, type ResourceTypes, textOf } from "./examples/terraform.ts";

const types: ResourceTypes = {
  thing: {
    required: ["name"],
    optional: ["size", "of", "tags"],
    blocks: { part: { required: ["of"], many: true }, once: { optional: ["x"] } },
    make: ({ name }) => ({ arn: `arn:${textOf(name)}` }),
  },
  "data.place": { required: ["name"], make: ({ name }) => ({ arn: `place:${textOf(name)}` }) },
};

test("resources are made in the order of their references, with all that is written", () => {
  const { made, outputs } = applyTerraform(
    `
    # a comment
    variable "where" { type = string }
    data "place" "here" { name = var.where }
    resource "thing" "second" {
      name = "\${thing.first.name}-and-more" // another
      of   = [thing.first.arn, data.place.here.arn, true]
      tags = { "a/b" = "c", d = 1.5 }
      part { of = thing.first.arn }
      part { of = "x" }
      lifecycle { ignore_changes = [size, part[0].of] }
    }
    resource "thing" "first" { name = "one" }
    output "all" { value = { a = thing.second.arn } }
    `,
    types,
    { where: "there" },
  );
  expect(made.map(({ address }) => address)).toEqual(["data.place.here", "thing.first", "thing.second"]);
  expect(made.at(-1)).toMatchObject({
    given: {
      name: "one-and-more",
      of: ["arn:one", "place:there", true],
      tags: { "a/b": "c", d: 1.5 },
      part: [{ of: "arn:one" }, { of: "x" }],
    },
    ignored: ["size", "part.0.of"],
  });
  expect(outputs).toEqual({ all: { a: "arn:one-and-more" } });
});

describe("what is wrong is said", () => {
  test.each([
    ['resource "other" "x" { name = "y" }', /other\.x: no such type/],
    ['resource "thing" "x" { nam = "y" }', /thing\.x has no argument nam/],
    ['resource "thing" "x" { size = 1 }', /thing\.x lacks the argument name/],
    ['resource "thing" "x" {\n name = "y"\n extra { a = 1 }\n}', /thing\.x has no block extra/],
    ['resource "thing" "x" {\n name = "y"\n part { }\n}', /thing\.x\.part lacks the argument of/],
    ['resource "thing" "x" {\n name = "y"\n once { x = 1 }\n once { x = 2 }\n}', /once comes twice/],
    ['resource "thing" "x" { name = thing.z.arn }', /there is no thing\.z/],
    ['resource "thing" "x" { name = thing.x.arn }', /thing\.x refers to itself/],
    ['resource "thing" "x" { name = var.where }', /there is no variable where/],
    ['data "place" "x" { name = "y" }\noutput "o" { value = data.place.x.size }', /has no attribute size/],
    ["locals { a = 1 }", /a block locals is not understood/],
    ["a = 1", /outside of any block/],
    ['resource "thing" "x" { name = "y"', /comes "the end", not \}/],
    ['resource "thing" "x" { name = <<EOT }', /line 1: .* is not understood/],
    ['resource "thing" "x" { name = max(1) }', /is not understood/],
  ])("%s", (text, problem) => {
    expect(() => applyTerraform(text, types, {})).toThrow(problem);
  });
});

test("an argument that is given twice is an error", () => {
  expect(() => parseHcl("a = 1\na = 2")).toThrow("a is given twice");
});
