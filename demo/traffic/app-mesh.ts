import type { Mesh } from "../../test/world/mesh.ts";
import { appMeshYaml, type Surroundings } from "../manifests.ts";
import { foreignWeights } from "../things-to-try.ts";
import { slotSides, wrongWeights } from "./slots.ts";
import type { Traffic } from "./traffic.ts";

/** Weights of two virtual nodes in an App Mesh route. */
export function appMeshTraffic(mesh: Mesh, to: Surroundings): Traffic {
  return {
    scenery: {
      place: "behind an App Mesh route",
      shareHeading: ["SHARE OF TRAFFIC", "TRAFFIC"],
      sharedBy: "weights",
    },
    manifest: (version) => appMeshYaml(to, mesh.address, version),
    startLoad: (rps) => mesh.startLoad({ rps }),
    sides: slotSides(() => mesh.weights()),
    operations: { write: ["UpdateRoute"], read: ["DescribeRoute"] },
    words: {
      until: "the stable weights acknowledged",
      howMeasured: (written) =>
        "Measured at the simulator's endpoint, from the answer to DescribeAlarms that said ALARM to the answer to " +
        `DescribeRoute that showed the stable weights; they were written after ${written}.`,
    },
    wrongTraffic: (rollout) => wrongWeights("route", mesh.weights(), rollout),
    tries: [foreignWeights],
  };
}
