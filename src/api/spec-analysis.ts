/** `spec.analysis`: what a release is judged by. */
import { Type } from "typebox";
import { bounds } from "./bounds.ts";
import { choice, described, duration, type Rule, region, text } from "./fields.ts";

const { Array: List, Object: Struct, Optional } = Type;

const alarmSchema = Struct(
  {
    name: text("Name of the alarm: metric, composite or log.", bounds.alarmName, {
      minLength: 1,
      rules: [
        {
          rule: "!self.startsWith('arn:')",
          message: "spec.analysis.alarms[].name must be the name of the alarm, not its ARN",
        },
      ],
    }),
    region: Optional(
      region(
        "spec.analysis.alarms[].region",
        "AWS region of the alarm. Default: the traffic's, else the operator's.",
      ),
    ),
    onAlarm: Optional(
      choice(
        ["Rollback", "Pause", "Record"],
        "What ALARM means: take the release back, stay at the present weight until a person approves, or only record it.",
        { default: "Rollback" },
      ),
    ),
    onInsufficientData: Optional(
      choice(
        ["Hold", "Pass", "Rollback"],
        "What INSUFFICIENT_DATA means: hold the step, let it pass, or take the release back.",
        { default: "Hold" },
      ),
    ),
    destination: Optional(
      text(
        "Judge only while this destination is the canary or, in retain, the promoted version.",
        bounds.name,
        { minLength: 1 },
      ),
    ),
  },
  described("One CloudWatch alarm."),
);

const distinctAlarms: Rule = {
  rule: "!has(self.alarms) || self.alarms.all(a, self.alarms.exists_one(b, b.name == a.name && (has(b.region) ? b.region : '') == (has(a.region) ? a.region : '')))",
  message: "spec.analysis.alarms: no two alarms may have the same name and region, remove one of them",
  fieldPath: ".alarms",
};

const unreadableSchema = Struct(
  {
    rollbackAfter: Optional(
      duration(
        "spec.analysis.unreadable.rollbackAfter",
        "Blind for this long, the release is taken back. No pause or approval stops this clock. Default: `strategy.stepTimeout`.",
        { positive: true },
      ),
    ),
  },
  described("An alarm that is missing, denied or failing to evaluate holds the step."),
);

export const analysisSchema = Struct(
  {
    alarms: Optional(
      List(alarmSchema, {
        maxItems: bounds.alarms,
        "x-kubernetes-list-type": "atomic",
        ...described("CloudWatch alarms that a release is judged by."),
      }),
    ),
    unreadable: Optional(unreadableSchema),
  },
  described("What a release is judged by. Without alarms, holds pass by time.", { rules: [distinctAlarms] }),
);
