import { expect, test } from "vitest";
import { parseArguments } from "./arguments.ts";

test.each([
  [[], { kind: "show", keep: false, traffic: "alb" }],
  [["--keep"], { kind: "show", keep: true, traffic: "alb" }],
  [["--traffic", "alb", "--keep"], { kind: "show", keep: true, traffic: "alb" }],
  [["--traffic=rollingUpdate"], { kind: "show", keep: false, traffic: "rollingUpdate" }],
  [["--keep", "--traffic", "appMesh"], { kind: "show", keep: true, traffic: "appMesh" }],
  [["--keep", "-h"], { kind: "help" }],
])("%j", (argv, expected) => {
  expect(parseArguments(argv)).toEqual(expected);
});

test.each([
  [["--traffic", "appmesh"], "--traffic appmesh is unknown; write --traffic appMesh"],
  [["--traffic=rolling-update"], "--traffic rolling-update is unknown; write --traffic rollingUpdate"],
  [
    ["--traffic", "carrier-pigeon"],
    "--traffic carrier-pigeon is unknown; there are alb, rollingUpdate or appMesh",
  ],
  [["--traffic"], "--traffic needs a kind: alb, rollingUpdate or appMesh"],
  [["--traffic="], "--traffic needs a kind: alb, rollingUpdate or appMesh"],
  [["--traffic", "--keep"], "--traffic needs a kind: alb, rollingUpdate or appMesh"],
  [["--fast"], "--fast is unknown; --help lists what there is"],
])("%j is refused with a sentence", (argv, problem) => {
  expect(parseArguments(argv)).toEqual({ kind: "wrong", problem });
});
