import { type PlantedFault, worlds } from "../fault.ts";

/** In weights and health. */
export const routers: readonly PlantedFault[] = [
  {
    name: "weights are increments",
    file: "routers/alb/translate.ts",
    text: "return { ...tuple, Weight: wish.weights.b };",
    instead: "return { ...tuple, Weight: Math.min(999, weightOf(tuple) + wish.weights.b) };",
    within: 20,
  },
  {
    name: "groups that are not ours fall out of the rule",
    file: "routers/alb/translate.ts",
    text: "TargetGroups: tuples.map((tuple) => {",
    instead:
      "TargetGroups: tuples.filter(({ TargetGroupArn }) => TargetGroupArn === groups.a || TargetGroupArn === groups.b).map((tuple) => {",
    within: 20,
  },
  {
    name: "targets on their way out count as healthy",
    file: "routers/alb/health.ts",
    text: 'if (state === "healthy") healthy.add(Target.Id);',
    instead: "healthy.add(Target.Id);",
    within: 100,
  },
  {
    name: "stickiness stays on in a rollback",
    file: "core/stages/rollback.ts",
    text: 'stickiness: seconds === undefined ? "keep" : "off",',
    instead: 'stickiness: "keep",',
    within: 60,
    setup: worlds.sticky,
  },
  {
    name: "stickiness that is back at one rule counts as back",
    file: "core/stages/idle.ts",
    text: "return stickinessOn(observed.router) ? rest : status;",
    instead:
      "return observed.router.targets.some((target) => target.stickySeconds !== undefined) ? rest : status;",
    within: 200,
    setup: worlds.outside,
  },
  {
    name: "one rule that carries the weight is enough",
    file: "core/weights.ts",
    text: "  return read.targets.every(\n    (target) => !target.problem && target.shares !== undefined",
    instead: "  return read.targets.some(\n    (target) => !target.problem && target.shares !== undefined",
    within: 100,
    setup: worlds.rules,
  },
];
