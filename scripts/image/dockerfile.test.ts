import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { parseAllDocuments } from "yaml";
import { root } from "../command.ts";
import { isIgnored, stagesOf } from "./dockerfile.ts";

const read = (path: string): Promise<string> => readFile(join(root, path), "utf8");

describe("a Dockerfile", () => {
  test("is read with continued lines, flags, comments and defaults", () => {
    const text =
      "ARG BASE=node:24\n# a comment\nFROM --platform=x ${BASE} AS build\nCOPY --from=other a \\\n  b ./\n\nENV A=b\n";
    expect(stagesOf(text)).toEqual([
      {
        image: "node:24",
        name: "build",
        instructions: [
          { keyword: "COPY", flags: { from: "other" }, text: "a    b ./", line: 4 },
          { keyword: "ENV", flags: {}, text: "A=b", line: 7 },
        ],
      },
    ]);
  });

  test.each([
    ["FROM a\nHEALTHCHECK x", /line 2: HEALTHCHECK is not known/],
    ["RUN x", /line 1: RUN before the first FROM/],
    ["FROM $NOTHING", /no image/],
  ])("%j is refused", (text, complaint) => {
    expect(() => stagesOf(text)).toThrow(complaint);
  });
});

test(".dockerignore lets through what is named, and nothing else", () => {
  const text = "# comment\n*\n!src\n!LICENSE\n";
  expect(
    ["src", "src/main.ts", "LICENSE", "node_modules", ".git"].map((name) => isIgnored(name, text)),
  ).toEqual([false, false, false, true, true]);
  expect(() => isIgnored("src", "node_modules\n")).toThrow(/expected/);
});

describe("ours", () => {
  test("names its images by version, and ends without RUN, as the Deployment's user, with its ports", async () => {
    const stages = stagesOf(await read("Dockerfile"));
    expect(stages.length).toBeGreaterThan(1);
    for (const { image } of stages)
      expect(image).toMatch(/(:(?!latest)[\w.-]*\d|nodejs24-debian12:nonroot|@sha256:)/);
    const last = stages.at(-1)?.instructions ?? [];
    const of = (keyword: string) => last.filter((each) => each.keyword === keyword).map(({ text }) => text);
    expect(of("RUN")).toEqual([]);
    interface Deployment {
      readonly kind: string;
      readonly spec: {
        readonly template: {
          readonly spec: {
            readonly securityContext: { readonly runAsUser: number; readonly runAsGroup: number };
            readonly containers: readonly { readonly ports: readonly { readonly containerPort: number }[] }[];
          };
        };
      };
    }
    const objects = parseAllDocuments(await read("deploy/base/operator.yaml")).map(
      (each) => each.toJS() as Deployment,
    );
    const pod = objects.find(({ kind }) => kind === "Deployment")?.spec.template.spec;
    const { runAsUser, runAsGroup } = pod?.securityContext ?? {};
    expect(of("USER")).toEqual([`${runAsUser}:${runAsGroup}`]);
    expect(of("EXPOSE")).toEqual([
      pod?.containers[0]?.ports.map(({ containerPort }) => containerPort).join(" "),
    ]);
  });

  test("builds in a major version of Node that the project supports", async () => {
    const [build] = stagesOf(await read("Dockerfile"));
    const { engines } = JSON.parse(await read("package.json")) as {
      readonly engines: { readonly node: string };
    };
    const oldest = Number(/\d+/.exec(engines.node)?.[0]);
    expect(Number(/node:(\d+)/.exec(build?.image ?? "")?.[1])).toBeGreaterThanOrEqual(oldest);
  });
});
