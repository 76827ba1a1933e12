import { describe, expect, test } from "vitest";
import { grantRefusal, grants, grantTag } from "./grant.ts";

describe("a tag's value", () => {
  test.each([
    ["prod", true],
    ["staging prod", true],
    ["  staging   prod ", true],
    ["@all", true],
    ["eu/prod", true],
    ["us/prod", false],
    ["us/prod eu/prod", true],
    ["production", false],
    ["pro", false],
    ["prod/eu", false],
    ["@ALL", false],
    ["", false],
  ])("%j, for namespace prod of cluster eu: %s", (value, expected) => {
    expect(grants(value, { namespace: "prod", cluster: "eu" })).toBe(expected);
  });

  test("with a cluster means nothing to an operator that does not know its own", () => {
    expect(grants("eu/prod", { namespace: "prod" })).toBe(false);
    expect(grants("undefined/prod", { namespace: "prod" })).toBe(false);
  });
});

describe("places, from the target outwards", () => {
  const place = (name: string, value?: string) => ({
    name,
    tags: value === undefined ? { other: "prod" } : { [grantTag]: value },
  });
  const prod = { namespace: "prod" };

  test("the nearest that carries the tag decides, for and against", () => {
    expect(grantRefusal([place("rule"), place("listener"), place("balancer", "prod")], prod)).toBeUndefined();
    expect(grantRefusal([place("rule", "prod"), place("balancer", "other")], prod)).toBeUndefined();
    expect(grantRefusal([place("the rule", "other"), place("balancer", "@all")], prod)).toEqual({
      reason: "NotGranted",
      message: `the rule is not granted to namespace prod: its tag ${grantTag} says "other", add prod to it`,
    });
  });

  test("no tag anywhere: the message says what to write, with the cluster where it is known", () => {
    const refusal = grantRefusal([place("the rule"), place("the listener")], {
      namespace: "prod",
      cluster: "eu",
    });
    expect(refusal?.message).toBe(
      `the rule is not granted to namespace prod: give it, or what it belongs to, the tag ${grantTag} with the value eu/prod`,
    );
  });
});
