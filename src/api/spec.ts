/** `spec`: what the user asks for. The parts are in spec-*.ts; the rules that join them are in spec-rules.ts. */
import { Type } from "typebox";
import { bounds } from "./bounds.ts";
import { described, flag, text, wholeNumber } from "./fields.ts";
import { analysisSchema } from "./spec-analysis.ts";
import { specRules } from "./spec-rules.ts";
import { strategySchema } from "./spec-strategy.ts";
import { trafficSchema } from "./spec-traffic.ts";
import { modelSchema, selectorSchema, templateSchema, workloadRefSchema } from "./spec-workload.ts";

const { Object: Struct, Optional } = Type;

export const specSchema = Struct(
  {
    replicas: Optional(wholeNumber("Number of pods at full size. Goes with `template`.", 0, 10_000)),
    selector: Optional(selectorSchema),
    template: Optional(templateSchema),
    workloadRef: Optional(workloadRefSchema),
    model: Optional(modelSchema),
    traffic: trafficSchema,
    destination: Optional(
      text(
        "Without a workload: the destination that shall end up with all traffic. With alb and appMesh: a or b.",
        bounds.name,
        { minLength: 1 },
      ),
    ),
    strategy: strategySchema,
    analysis: Optional(analysisSchema),
    paused: Optional(
      flag("True: no step is taken. Alarms still guard, and a rollback still happens.", { default: false }),
    ),
  },
  described("What shall run, how traffic is moved to it, in which steps, and what judges it.", {
    rules: specRules,
  }),
);
