import { describe, expect, test } from "vitest";
import { stringify } from "yaml";
import { readCases, rollout } from "../../../test/api/cases.ts";
import { readDocuments } from "../manifest/documents.ts";
import { paint } from "../text/line.ts";
import { lint } from "./lint.ts";
import { lintLines } from "./text.ts";

const probed = {
  template: {
    spec: { containers: [{ name: "server", image: "x:v8", readinessProbe: { httpGet: { port: 80 } } }] },
  },
};

function said(set: Record<string, unknown>, base = "slots", options = {}): readonly string[] {
  const withPods = base === "slots" || base === "owned" || base === "mesh" ? { ...probed, ...set } : set;
  const text = stringify(rollout(base, withPods), { version: "1.1" });
  const report = lint(readDocuments(text, "x.yaml"), options);
  return report.objects.flatMap(({ findings }) =>
    findings.map(({ level, path, message }) => `${level} ${path}: ${message}`),
  );
}

describe("advice", () => {
  test("none for a good spec", () => {
    expect(said({})).toEqual([]);
  });

  test.each<[string, Record<string, unknown>, string, object, string[]]>([
    [
      "no alarms",
      { analysis: null },
      "slots",
      {},
      [
        "warning spec.analysis: names no alarm: holds pass by time alone, and nothing takes a bad version back",
      ],
    ],
    [
      "alarms that only record",
      {
        analysis: { alarms: [{ name: "x", onAlarm: "Record" }] },
        strategy: { steps: [{ weight: 10, hold: "1s" }] },
      },
      "slots",
      {},
      ["warning spec.analysis.alarms: all of them only record: nothing takes a bad version back"],
    ],
    [
      "alarms of one slot",
      { analysis: { alarms: [{ name: "x", destination: "b" }] } },
      "slots",
      {},
      [
        "warning spec.analysis.alarms: judge only while b is the canary: the slots are used in turn, so every other release has no alarm",
      ],
    ],
    [
      "alarms of both slots",
      {
        analysis: {
          alarms: [
            { name: "x", destination: "a" },
            { name: "y", destination: "b" },
          ],
        },
      },
      "slots",
      {},
      [],
    ],
    [
      "a short hold",
      {
        strategy: {
          steps: [
            { weight: 10, hold: "10m" },
            { weight: 50, hold: "2m59s" },
          ],
        },
      },
      "slots",
      {},
      [
        "warning spec.strategy.steps[1].hold: step 2 is held for 2m59s, but an alarm with one period of a minute needs up to 3m to speak (--alarm-window says what yours need)",
      ],
    ],
    ["a hold just long enough", { strategy: { steps: [{ weight: 10, hold: "3m" }] } }, "slots", {}, []],
    [
      "a hold too short for a window that is known",
      { strategy: { steps: [{ weight: 10, hold: "11m59s" }] } },
      "slots",
      { alarmWindowMs: 600_000 },
      [
        "warning spec.strategy.steps[0].hold: step 1 is held for 11m59s, but your slowest alarm needs up to 12m to speak",
      ],
    ],
    [
      "a preset's holds",
      { strategy: { steps: null, preset: "Linear10PercentEvery1Minute" } },
      "slots",
      {},
      [
        "warning spec.strategy.preset: step 1 is held for 1m, but an alarm with one period of a minute needs up to 3m to speak (--alarm-window says what yours need)",
      ],
    ],
    [
      "all at once by name",
      { strategy: { steps: null, preset: "AllAtOnce" } },
      "slots",
      {},
      [
        "warning spec.strategy.preset: the new version gets all the traffic in its first step: nobody tries it with less",
      ],
    ],
    [
      "all at once by steps",
      { strategy: { steps: [{ weight: 100 }] } },
      "slots",
      {},
      [
        "warning spec.strategy.steps: the new version gets all the traffic in its first step: nobody tries it with less",
      ],
    ],
    [
      "retain shorter than drain",
      { strategy: { retain: "10s" } },
      "slots",
      {},
      [
        "warning spec.strategy.retain: 10s is shorter than drain: the version before is kept for 1m all the same",
      ],
    ],
    ["retain as long as drain", { strategy: { retain: "60s" } }, "slots", {}, []],
    [
      "no retain",
      { strategy: { retain: "0s" } },
      "slots",
      {},
      ["warning spec.strategy.retain: 0s: once promoted, no alarm can take the version back any more"],
    ],
    [
      "a short step timeout",
      { strategy: { stepTimeout: "119s" } },
      "slots",
      {},
      [
        "warning spec.strategy.stepTimeout: 1m59s: a release whose pods take longer than that to load is taken back",
      ],
    ],
    [
      "a mesh",
      { analysis: { alarms: [{ name: "x" }] } },
      "mesh",
      {},
      ["warning spec.traffic.appMesh: AWS ended App Mesh on 2026-09-30: plan the move to alb"],
    ],
    [
      "few pods in place",
      { replicas: 3, analysis: { alarms: [{ name: "x" }] } },
      "owned",
      {},
      ["warning spec.strategy.steps[0].weight: 20 % of 3 pod(s) is 33 % of the traffic: pods are whole"],
    ],
    ["enough pods in place", { replicas: 10, analysis: { alarms: [{ name: "x" }] } }, "owned", {}, []],
    [
      "no readiness probe",
      { template: { spec: { containers: [{ name: "server", image: "x@sha256:0" }] } } },
      "slots",
      {},
      [
        "warning spec.template.spec.containers: no container has a readinessProbe: pods count as Ready before the model is loaded",
      ],
    ],
    [
      "images that move",
      {
        template: {
          spec: {
            containers: [
              { ...probed.template.spec.containers[0], image: "registry:5000/x" },
              { name: "sidecar", image: "y:latest" },
            ],
          },
        },
      },
      "slots",
      {},
      [
        "warning spec.template.spec.containers[0].image: registry:5000/x can change without a new revision: pods that start later run it unwatched; name a version or a digest",
        "warning spec.template.spec.containers[1].image: y:latest can change without a new revision: pods that start later run it unwatched; name a version or a digest",
      ],
    ],
  ])("%s", (_, set, base, options, expected) => {
    expect(said(set, base, options)).toEqual(expected);
  });

  test("nothing that the API server accepts makes it stumble", async () => {
    for (const row of await readCases("accepted.yaml")) {
      const [object] = lint(
        readDocuments(stringify(rollout(row.base, row.set, row.name), { version: "1.1" }), "x"),
      ).objects;
      expect(object?.findings.filter(({ level }) => level === "error")).toEqual([]);
      expect(object?.rollout).toBeDefined();
    }
  });
});

describe("metadata", () => {
  const report = (text: string) =>
    lint(readDocuments(text, "x")).objects.flatMap(({ findings }) =>
      findings.map(({ line, path, message }) => `${line} ${path}: ${message}`),
    );

  test.each([
    [
      "apiVersion: modelrollout.dev/v1\nkind: ModelRollout\nmetadata: {name: x}",
      "1 apiVersion: must be modelrollout.dev/v1alpha1",
    ],
    [
      "apiVersion: modelrollout.dev/v1alpha1\nkind: ModelRolout\nmetadata: {name: x}",
      "2 kind: must be ModelRollout",
    ],
    [
      "apiVersion: modelrollout.dev/v1alpha1\nkind: ModelRollout",
      "1 metadata: must be an object with a name",
    ],
    [
      "apiVersion: modelrollout.dev/v1alpha1\nkind: ModelRollout\nmetadata: {name: 8}",
      "3 metadata.name: is required, and a string",
    ],
    [
      "apiVersion: modelrollout.dev/v1alpha1\nkind: ModelRollout\nmetadata:\n  name: x\n  annotations:\n    a/b: true",
      '6 metadata.annotations[a/b]: must be a string: write "true" in quotes',
    ],
  ])("%s", (text, finding) => {
    expect(report(text)).toContain(finding);
  });
});

test("several objects in one file, with lines, and what was left out", () => {
  const text = [
    "kind: Deployment\nmetadata: {name: web}\n",
    stringify(rollout("slots", { ...probed, replicas: null }, "one")),
    stringify(rollout("slots", probed, "two")),
    stringify(rollout("slots", probed, "three")),
    "just: text\n",
  ].join("---\n");
  const report = lint(readDocuments(text, "all.yaml"));
  expect(report.others).toEqual(["Deployment web", "a document without a kind"]);
  expect(report.objects.map(({ name, findings }) => [name, findings.length])).toEqual([
    ["one", 1],
    ["two", 0],
    ["three", 1],
  ]);
  const lines = lintLines("all.yaml", report).map((line) => paint(line, false));
  const at = (pattern: RegExp) => text.split("\n").findIndex((line) => pattern.test(line)) + 1;
  expect(lines[0]).toBe(
    `all.yaml:${at(/^spec:/)}: error: spec.replicas: spec.template needs spec.replicas: write the number of pods at full size`,
  );
  expect(lines[1]).toMatch(
    /^all\.yaml:\d+: error: spec\.traffic\.alb\.rules\[0\]\.arn: ModelRollout two drives the same rule: one of the two would be Blocked$/,
  );
  expect(lines[2]).toBe("3 ModelRollouts: 2 errors, 0 warnings (2 other objects left out)");
});
