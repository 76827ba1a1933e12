import { describe, expect, test } from "vitest";
import { Problem } from "../problem.ts";
import { readDocuments } from "./documents.ts";

const values = (text: string) => readDocuments(text, "x.yaml").map(({ value }) => value);

function refusal(text: string): string {
  try {
    readDocuments(text, "x.yaml");
  } catch (error) {
    if (error instanceof Problem && error.exit === "refused") return error.message;
    throw error;
  }
  throw new Error("it was read");
}

describe("read as kubectl reads it", () => {
  test("several documents, without the empty ones", () => {
    expect(values("---\na: 1\n---\n# nothing\n---\nb: 2\n...\n")).toEqual([{ a: 1 }, { b: 2 }]);
  });

  test("JSON", () => {
    expect(values('{"a": {"b": [1, "x"]}}')).toEqual([{ a: { b: [1, "x"] } }]);
  });

  test("YAML 1.1: words are booleans, but there are no dates and no numbers to the base 60", () => {
    expect(values("a: no\nb: on\nc: 2001-12-14\nd: 10:30\ne: 017\nf: 1.10\ng: ~\nh: 8\ni: v8")).toEqual([
      { a: false, b: true, c: "2001-12-14", d: "10:30", e: 15, f: 1.1, g: null, h: 8, i: "v8" },
    ]);
  });

  test("anchors and merge keys", () => {
    expect(values("base: &b {x: 1}\nmore:\n  <<: *b\n  z: 2")).toEqual([
      { base: { x: 1 }, more: { x: 1, z: 2 } },
    ]);
  });

  test("the items of a List", () => {
    const [first, second] = readDocuments(
      "kind: List\nitems:\n- {kind: A}\n-\n  kind: B\n  spec: {x: 1}\n",
      "x",
    );
    expect([first?.value, second?.value]).toEqual([{ kind: "A" }, { kind: "B", spec: { x: 1 } }]);
    expect([first?.line, second?.line, second?.lineOf(["spec", "x"])]).toEqual([3, 5, 6]);
  });

  test("a key that JavaScript treats in a special way", () => {
    const [value] = values("__proto__: {polluted: true}");
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
    expect(JSON.stringify(value)).toBe('{"__proto__":{"polluted":true}}');
  });
});

test("lines of fields, and of the nearest one above a field that is not there", () => {
  const text = "# a comment\nkind: X\nspec:\n  steps:\n  - weight: 10\n    hold: 5m\n  - weight: 50\n";
  const [object] = readDocuments(text, "x");
  const line = (...path: (string | number)[]) => object?.lineOf(path);
  expect([object?.line, line("spec"), line("spec", "steps", 0, "hold"), line("spec", "steps", 1)]).toEqual([
    2, 3, 6, 7,
  ]);
  expect([line("spec", "steps", 1, "hold"), line("spec", "traffic", "alb"), line("status")]).toEqual([
    7, 3, 2,
  ]);
});

describe("refused", () => {
  const bomb = `a: &a [x, x, x, x, x, x, x, x, x]\n${"bcdefghi"
    .split("")
    .map((name, index) => {
      const before = "abcdefgh"[index];
      return `${name}: &${name} [${Array.from({ length: 9 }, () => `*${before}`).join(", ")}]`;
    })
    .join("\n")}`;

  test.each([
    ["no YAML", "a: [1,\nb: 2", /^x\.yaml:\d+: /],
    ["a tab as indentation", "a:\n\tb: 1", /^x\.yaml:2: /],
    ["a key twice", "a: 1\nb: 2\na: 3", /^x\.yaml:3: Map keys must be unique/],
    ["an anchor that is not there", "a: 1\nb: *nothing", /Unresolved alias/],
    ["a billion laughs", bomb, /^x\.yaml:1: its anchors and aliases would grow beyond measure$/],
    ["an anchor that contains itself", "a: &a [*a]", /^x\.yaml:1: an anchor contains itself$/],
    [
      "101 levels",
      `${"[".repeat(101)}${"]".repeat(101)}`,
      /^x\.yaml: it is nested more than 100 levels deep$/,
    ],
    ["a hundred thousand levels", "[".repeat(100_000), /^x\.yaml(:1)?: /],
    ["more than 3 MiB", `a: ${"x".repeat(3 * 1_048_576)}`, /^x\.yaml: it is larger than 3 MiB$/],
    ["1,001 documents", "---\na: 1\n".repeat(1_001), /^x\.yaml: it has more than 1000 documents$/],
  ])("%s", (_, text, message) => {
    expect(refusal(text)).toMatch(message);
  });
});
