import { describe, expect, test } from "vitest";
import { evaluate } from "./evaluate.ts";
import { CelError } from "./expression.ts";
import { parseExpression } from "./parse.ts";
import { nothing } from "./values.ts";

const self = {
  name: "sentiment",
  count: 3,
  half: 0.5,
  yes: true,
  labels: { app: "s", "a/b": "c" },
  list: [1, 2, 2],
  empty: [],
};
const ask = (source: string, scope: Record<string, unknown> = { self }) =>
  evaluate(parseExpression(source), scope);

describe("true", () => {
  test.each([
    "self.count == 3 && self.name != 'x'",
    "has(self.name) && !has(self.other)",
    "self.labels['a/b'] == \"c\"",
    "'app' in self.labels && !('web' in self.labels) && 2 in self.list",
    "self.list.all(n, n > 0) && self.labels.all(key, key.startsWith('a'))",
    "self.list.exists(n, n == 2) && !self.list.exists(n, n == 9)",
    "self.list.exists_one(n, n == 1) && !self.list.exists_one(n, n == 2)",
    "[true, false].exists_one(x, x)",
    "self.list.map(n, n + 1) == [2, 3, 3] && self.list.isSorted() && ![2, 1].isSorted() && self.empty.isSorted()",
    "(self.list.map(n, n) + [7]).exists(n, n == 7)",
    "type(self.count) == int && type(self.half) == double && type(self.name) == string && type(self.yes) == bool",
    "duration('1h30m') > duration('5400s') - duration('0s') || duration('1h30m') == duration('90m')",
    "self.name.matches('^s[a-z]+t$') && !self.name.matches('^x') && self.name.matches('nti')",
    "self.name.find('e[a-z]') == 'en' && self.name.find('zz') == ''",
    "'a:b:c'.split(':')[1] == 'b'",
    "self.count > 2 ? self.yes : false",
    "false ? 1 : true ? true : false",
    "1 + 2 - 3 == 0 && -1 < 0",
    "'it\\'s' == \"it's\"",
    "1 == 1 || 1 == 2 && 1 == 3",
    "self == self && self.labels != self.list",
    // An error does not count where the other side decides.
    "self.missing == 1 || true",
    "true || self.missing == 1",
    "!(self.missing == 1 && false)",
    "oldSelf.hasValue() || self.count == 3",
  ])("%s", (source) => {
    expect(ask(source, { self, oldSelf: nothing })).toBe(true);
  });
});

describe("an error, never a pass", () => {
  test.each([
    ["self.missing == 1", "no such key: missing"],
    ["self.missing == 1 || false", "no such key: missing"],
    ["self.list[7] == 1", "no such index: 7"],
    ["self.name.length", "length: string has no fields"],
    ["self.name && true", "a bool is needed, not string"],
    ["self.name > 1", "string and int have no order"],
    ["self.name.contains('x')", "the method contains is not known"],
    ["self.name.constructor('x')", "the method constructor is not known"],
    ["size(self.list) == 3", "the function size with 1 arguments is not known"],
    ["other == 1", "other is not known"],
    ["duration('soon') > duration('1s')", '"soon" is not a duration'],
    ["self.count + self.name == 'x'", "int and string cannot be added"],
    ["self.list.all(1, true)", "all needs a variable and an expression"],
    ["self.", "a name is missing at token 3"],
    ["(self.count", ") is missing before token 5"],
    ["self.count self", "something is left over from token 4 on"],
    ["self.count % 2 == 0", 'not understood from " % 2 == 0" on'],
    ["'open", "not understood from"],
    ["", "a name is missing at token 1"],
  ])("%s", (source, message) => {
    expect(() => ask(source)).toThrow(CelError);
    expect(() => ask(source)).toThrow(message);
  });
});
