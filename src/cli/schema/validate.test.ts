import { describe, expect, test } from "vitest";
import { readCases, rollout } from "../../../test/api/cases.ts";
import type { Rule } from "../../api/fields.ts";
import { parseExpression } from "./cel/parse.ts";
import { modelRolloutSchema, pathText, type StructuralSchema } from "./structural-schema.ts";
import { validate } from "./validate.ts";

const refused = await readCases("refused.yaml");
const accepted = await readCases("accepted.yaml");

function findingsOf(row: (typeof refused)[number]) {
  const { spec, ...rest } = rollout(row.base, row.set, row.name);
  return validate(row.spec === null ? rest : { ...rest, spec }).findings;
}

/** What stands in the API server's answer for each kind of finding, behind the path. */
const words = {
  required: /^Required value/,
  type: /^Invalid value: "[a-z0-9]+": .* must be of type/,
  unsupported: /^Unsupported value/,
  bounds: /^Invalid value: .*(should be (less|greater) than|should have at least)/,
  "too-many": /^(Too many|Too long)/,
  duplicate: /^Duplicate value/,
  unknown: /^"/,
  rule: /^(Invalid value|Forbidden|Required value)/,
};

describe("refused here as by the API server (test/api/refused.yaml is proved against a real one)", () => {
  test.each(refused)("$base: $it", (row) => {
    const says = row.says ?? "";
    const findings = findingsOf(row);
    expect(findings.length).toBeGreaterThan(0);
    for (const { path, kind, message } of findings) {
      const at = kind === "unknown" ? `unknown field "${pathText(path)}` : `${pathText(path)}: `;
      expect(says).toContain(at);
      const behind = says.split(at).slice(1);
      expect(behind.some((text) => words[kind].test(text))).toBe(true);
      if (kind === "rule") expect(says).toContain(message);
    }
  });
});

test.each(accepted)("accepted: $base, $it", (row) => {
  expect(findingsOf(row)).toEqual([]);
});

test("every rule of the definition is understood", () => {
  const rules: Rule[] = [];
  const collect = (schema: StructuralSchema): void => {
    rules.push(...(schema["x-kubernetes-validations"] ?? []));
    for (const below of Object.values(schema.properties ?? {})) collect(below);
    for (const below of [schema.items, schema.additionalProperties]) if (below !== undefined) collect(below);
  };
  collect(modelRolloutSchema());
  expect(rules.length).toBeGreaterThan(50);
  for (const { rule, messageExpression } of rules) {
    expect(() => parseExpression(rule)).not.toThrow();
    if (messageExpression !== undefined) expect(() => parseExpression(messageExpression)).not.toThrow();
  }
});

describe("what a person reads", () => {
  const messages = (set: Record<string, unknown>, base = "slots") =>
    validate(rollout(base, set)).findings.map(({ path, message }) => `${pathText(path)} ${message}`);

  test.each<[Record<string, unknown>, string[]]>([
    [
      { model: { version: 8 } },
      ['spec.model.version must be a string, not 8: write "8" in quotes if that is meant'],
    ],
    [
      { analysis: { alarms: [{ name: true }] } },
      [
        "spec.analysis.alarms[0].name must be a string, not true: put the text in quotes, YAML reads y, yes, on and true as true",
      ],
    ],
    [{ stratgy: {} }, ["spec.stratgy is no field of a ModelRollout: did you mean strategy?"]],
    [
      { replicas: null },
      ["spec.replicas spec.template needs spec.replicas: write the number of pods at full size"],
    ],
    [{ traffic: null }, ["spec.traffic is required"]],
    [
      { strategy: { canaryReplicas: "Ful" } },
      ['spec.strategy.canaryReplicas must be one of Proportional, Full, not "Ful": did you mean Full?'],
    ],
    [
      { strategy: { steps: [{ weight: 101 }] } },
      ["spec.strategy.steps[0].weight must be at most 100, not 101"],
    ],
    [{ strategy: { steps: "10" } }, ['spec.strategy.steps must be a list, not "10"']],
    [{ strategy: { steps: [{ weight: 10 }, null] } }, ["spec.strategy.steps[1] must be an object, not null"]],
  ])("%j", (set, expected) => {
    expect(messages(set)).toEqual(expected);
  });

  test("of something that is no object at all", () => {
    expect(validate(undefined).findings.map(({ path }) => pathText(path))).toEqual(["spec"]);
    expect(validate({ spec: [] }).findings.map(({ message }) => message)).toEqual([
      "must be an object, not a list",
    ]);
  });
});

test("defaults are filled in, and null is as if it were absent", () => {
  const { object } = validate(rollout("slots", { strategy: { retain: "1m" } }));
  expect(object).toMatchObject({
    spec: {
      paused: false,
      strategy: {
        retain: "1m",
        drain: "60s",
        stepTimeout: "1h",
      },
      traffic: { alb: { bindTargets: true } },
    },
  });
  // Nothing is filled in inside lists: a repeated apply would change the object.
  expect(object).toHaveProperty("spec.strategy.steps.0.weight", 10);
  expect(object).not.toHaveProperty("spec.strategy.steps.0.approval");
  expect(object).not.toHaveProperty("spec.analysis.alarms.0.onAlarm");
  const { spec, ...rest } = rollout("slots");
  const nulls = { ...rest, spec: { ...(spec as object), paused: null }, status: null };
  expect(validate(nulls).object).toMatchObject({ spec: { paused: false } });
});
