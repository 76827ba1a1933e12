import { assert, constantFrom, property, string } from "fast-check";
import { describe, expect, test } from "vitest";
import { matches, roleOf } from "./roles.ts";

describe("patterns of namespaces", () => {
  test.each([
    ["team-a", "team-a", true],
    ["team-a", "team-ab", false],
    ["team-*", "team-", true],
    ["team-*", "team-a", true],
    ["team-*", "team", false],
    ["*", "anything", true],
    ["*-prod", "team-prod", true],
    ["*-prod", "team-prod-2", false],
    ["a*a", "a", false],
    ["a*a", "aa", true],
    ["a*b*c", "a-b-b-c", true],
    ["a*b*c", "a-c-b", false],
    ["a*b*b", "ab", false],
    ["a.c", "abc", false],
  ])("%s and %s: %s", (pattern, namespace, expected) => {
    expect(matches(pattern, namespace)).toBe(expected);
  });

  test("mean what the regular expression of the same shape means", () => {
    const text = string({ unit: constantFrom("a", "b", "-"), maxLength: 8 });
    const pattern = string({ unit: constantFrom("a", "b", "-", "*"), maxLength: 6 });
    assert(
      property(pattern, text, (shape, name) => {
        expect(matches(shape, name)).toBe(new RegExp(`^${shape.replaceAll("*", ".*")}$`).test(name));
      }),
      { numRuns: 2000 },
    );
  });
});

test("a role is the first entry's; external id and session name are the operator's", () => {
  const entries = [
    { namespaces: ["team-a"], roleArn: "arn:aws:iam::111111111111:role/a" },
    { namespaces: ["team-*"], roleArn: "arn:aws:iam::222222222222:role/path/b" },
  ];
  expect(roleOf(entries, "prod-eu", "team-a")).toMatchObject({ account: "111111111111" });
  const long = `team-${"x".repeat(58)}`;
  expect(roleOf(entries, "prod-eu", long)).toEqual({
    namespace: long,
    roleArn: "arn:aws:iam::222222222222:role/path/b",
    account: "222222222222",
    externalId: `prod-eu/${long}`,
    sessionName: `modelrollout-${long}`.slice(0, 64),
  });
  expect(roleOf(entries, "prod-eu", "other")).toBeUndefined();
});
