import { expect, test } from "vitest";
import { parseArguments } from "./arguments.ts";

test.each([
  [[], { kind: "show", keep: false }],
  [["--keep"], { kind: "show", keep: true }],
  [["--traffic", "alb", "--keep"], { kind: "show", keep: true }],
  [["--traffic=alb"], { kind: "show", keep: false }],
  [["--keep", "-h"], { kind: "help" }],
])("%j", (argv, expected) => {
  expect(parseArguments(argv)).toEqual(expected);
});

test.each([
  [["--traffic", "appMesh"], /not in the demo yet/],
  [["--traffic=rollingupdate"], /not in the demo yet/],
  [["--traffic", "carrier-pigeon"], /unknown/],
  [["--traffic"], /needs a kind/],
  [["--fast"], /--fast is unknown/],
])("%j is refused with a sentence", (argv, problem) => {
  const parsed = parseArguments(argv);
  expect(parsed.kind).toBe("wrong");
  expect(parsed).toHaveProperty("problem", expect.stringMatching(problem));
});
