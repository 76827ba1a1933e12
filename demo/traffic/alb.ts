import type { Edge } from "../../test/world/edge.ts";
import { albYaml, type Surroundings } from "../manifests.ts";
import { foreignWeights } from "../things-to-try.ts";
import { slotSides, wrongWeights } from "./slots.ts";
import type { Traffic } from "./traffic.ts";

/** Weights of two target groups in a listener rule. */
export function albTraffic(edge: Edge, to: Surroundings): Traffic {
  const { stack } = edge;
  const rule = { arn: stack.ruleArn, a: stack.group("a"), b: stack.group("b") };
  return {
    scenery: {
      place: "behind an AWS load balancer",
      shareHeading: ["SHARE OF TRAFFIC", "TRAFFIC"],
      sharedBy: "weights",
    },
    manifest: (version) => albYaml(to, rule, version),
    startLoad: (rps) => edge.startLoad({ rps }),
    sides: slotSides(() => edge.weights()),
    operations: { write: ["ModifyRule", "ModifyListener"], read: ["DescribeRules", "DescribeListeners"] },
    words: {
      until: "the stable weights acknowledged",
      howMeasured: (written) =>
        "Measured at the simulator's endpoint, from the answer to DescribeAlarms that said ALARM to the answer to " +
        `DescribeRules that showed the stable weights; they were written after ${written}.`,
    },
    wrongTraffic: (rollout) => wrongWeights("rule", edge.weights(), rollout),
    tries: [foreignWeights],
  };
}
