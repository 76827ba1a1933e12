import type { ModelRolloutSpec } from "../../src/api/types.ts";
import type { Edge } from "./aws/edge.ts";
import type { Dice } from "./dice.ts";
import { NAME } from "./world.ts";

/** What a person wants a rollout to be like. Durations are short: the operator's own polls are what takes the time. */
export interface Wish {
  readonly version: string;
  readonly replicas: number;
  readonly steps: readonly { readonly weight: number; readonly hold: string; readonly approval?: boolean }[];
  readonly drain: string;
  readonly retain: string;
  readonly stepTimeout: string;
  readonly alarms: readonly { readonly name: string; readonly onAlarm?: "Rollback" | "Pause" | "Record" }[];
  readonly canaryReplicas?: "Full";
  readonly paused?: boolean;
}

export function imageOf(version: string): string {
  return version.startsWith("!") ? version : `registry.example/${NAME}:${version}`;
}

export function specOf(wish: Wish, edge: Edge): ModelRolloutSpec {
  const { version, replicas, steps, drain, retain, stepTimeout, alarms, canaryReplicas, paused } = wish;
  return {
    replicas,
    selector: { matchLabels: { app: NAME } },
    template: {
      metadata: { labels: { app: NAME } },
      spec: { containers: [{ name: "server", image: imageOf(version) }] },
    },
    model: { name: NAME, version },
    traffic: edge.traffic,
    strategy: {
      steps: steps.map((step) => ({ ...step })),
      drain,
      retain,
      stepTimeout,
      ...(canaryReplicas ? { canaryReplicas } : {}),
    },
    analysis: { alarms: alarms.map((alarm) => ({ ...alarm })), unreadable: { rollbackAfter: "3m" } },
    ...(paused === undefined ? {} : { paused }),
  };
}

const ladders = [[25], [10, 50], [20, 60, 100], [0, 50], [100], [5, 25, 50]] as const;

/** A first wish by chance. */
export function drawWish(dice: Dice, version: string): Wish {
  const hold = (): string => dice.pick(["1s", "10s", "20s", "40s"]);
  const alarms = dice.pick([
    [{ name: "5xx" }],
    [{ name: "5xx" }, { name: "p99", onAlarm: "Pause" as const }],
    [{ name: "5xx" }, { name: "cost", onAlarm: "Record" as const }],
    [],
  ]);
  return {
    version,
    replicas: dice.whole(1, 5),
    steps: dice.pick(ladders).map((weight) => ({
      weight,
      hold: hold(),
      ...(dice.chance(0.1) ? { approval: true } : {}),
    })),
    drain: dice.pick(["5s", "15s", "30s"]),
    retain: dice.pick(["0s", "20s", "60s"]),
    stepTimeout: dice.pick(["2m", "4m"]),
    alarms,
    ...(dice.chance(0.2) ? { canaryReplicas: "Full" as const } : {}),
  };
}
