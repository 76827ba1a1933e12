/** `spec.strategy`: the steps of a release, and how it ends. */
import { Type } from "typebox";
import { bounds } from "./bounds.ts";
import { choice, described, duration, flag, type Rule, text, wholeNumber } from "./fields.ts";
import { presetNames } from "./presets.ts";

const { Array: List, Object: Struct, Optional } = Type;

const stepSchema = Struct(
  {
    weight: wholeNumber("Share of the traffic for the new version, in whole percent.", 0, 100),
    hold: Optional(
      duration(
        "spec.strategy.steps[].hold",
        "How long the step is held, from the moment the router was read back.",
        {
          default: "5m",
        },
      ),
    ),
    approval: Optional(flag("Wait for a person after the hold.", { default: false })),
  },
  described("One step of the release."),
);

const rollbackSchema = Struct(
  {
    minAvailable: Optional(
      text(
        "Ready pods of either version never fall below this percentage of `replicas` on the way back. Goes with rollingUpdate.",
        4,
        {
          default: "50%",
          rules: [
            {
              rule: "self.matches('^(100|[1-9]?[0-9])%$')",
              message:
                "spec.strategy.rollback.minAvailable must be a percentage from 0% to 100%, such as 50%",
            },
          ],
        },
      ),
    ),
  },
  described("How a release is taken back."),
);

const rules: readonly Rule[] = [
  {
    rule: "has(self.steps) != has(self.preset)",
    message: "spec.strategy must have exactly one of steps and preset",
  },
  {
    rule: "!has(self.steps) || self.steps.map(step, step.weight).isSorted()",
    message: "spec.strategy.steps: weights must not decrease from one step to the next",
    fieldPath: ".steps",
  },
];

export const strategySchema = Struct(
  {
    steps: Optional(
      List(stepSchema, {
        maxItems: bounds.steps,
        minItems: 1,
        "x-kubernetes-list-type": "atomic",
        ...described(
          "Steps, with weights that do not decrease. A last one of 100 is implied, with the hold of the one before it.",
        ),
      }),
    ),
    preset: Optional(
      choice(presetNames, "Steps by the names that CodeDeploy and ECS use, instead of `steps`."),
    ),
    stepTimeout: Optional(
      duration(
        "spec.strategy.stepTimeout",
        "How long a step may take outside a running hold (capacity, alarms that cannot be read, writes that fail) before the release is taken back.",
        { default: "1h", positive: true },
      ),
    ),
    retain: Optional(
      duration(
        "spec.strategy.retain",
        "How long the version before stays at full size after a promotion. Alarms still act; going back to it needs no steps.",
        { default: "10m" },
      ),
    ),
    drain: Optional(
      duration(
        "spec.strategy.drain",
        "How long a version keeps its size after its weight was read back as 0.",
        { default: "60s" },
      ),
    ),
    canaryReplicas: Optional(
      choice(
        ["Proportional", "Full"],
        "Size of the new version: Proportional to the weight, or Full from the first step.",
        { default: "Proportional" },
      ),
    ),
    rollback: Optional(rollbackSchema),
  },
  described("The steps of a release, and how it ends.", { rules }),
);
