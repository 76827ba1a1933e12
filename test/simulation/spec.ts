import type { ModelRolloutSpec } from "../../src/api/types.ts";
import type { Dice } from "./dice.ts";
import type { OwnSettings } from "./hands.ts";
import { NAME } from "./names.ts";
import { isInPlace, type Setup } from "./setup.ts";
import type { World } from "./world.ts";

/** What a person wants a rollout to be like. Durations are short: the operator's own polls are what takes the time. */
export interface Wish {
  readonly version: string;
  /** Outside: where all traffic shall end up. */
  readonly destination?: "a" | "b";
  readonly replicas: number;
  readonly steps: readonly { readonly weight: number; readonly hold: string; readonly approval?: boolean }[];
  readonly drain: string;
  readonly retain: string;
  readonly stepTimeout: string;
  readonly alarms: readonly { readonly name: string; readonly onAlarm?: "Rollback" | "Pause" | "Record" }[];
  readonly canaryReplicas?: "Full";
  readonly paused?: boolean;
  /** In place: what `rollback.minAvailable` says. */
  readonly minAvailable?: string;
  /** In place: limits of the rolling update, instead of the Deployment's own. */
  readonly rolling?: { readonly maxSurge: number; readonly maxUnavailable: number };
}

export function imageOf(version: string): string {
  return version.startsWith("!") ? version : `registry.example/${NAME}:${version}`;
}

export function specOf(wish: Wish, { edge, setup }: Pick<World, "edge" | "setup">): ModelRolloutSpec {
  const { steps, drain, retain, stepTimeout, alarms, canaryReplicas, paused, minAvailable, rolling } = wish;
  const traffic = isInPlace(setup) ? { rollingUpdate: rolling ?? {} } : edge.traffic;
  return {
    ...workloadOf(wish, setup),
    traffic,
    strategy: {
      steps: steps.map((step) => ({ ...step })),
      drain,
      retain,
      stepTimeout,
      ...(canaryReplicas ? { canaryReplicas } : {}),
      ...(minAvailable === undefined ? {} : { rollback: { minAvailable } }),
    },
    analysis: { alarms: alarms.map((alarm) => ({ ...alarm })), unreadable: { rollbackAfter: "3m" } },
    ...(paused === undefined ? {} : { paused }),
  };
}

function workloadOf(
  { version, replicas, destination = "a" }: Wish,
  { way }: Setup,
): Partial<ModelRolloutSpec> {
  if (way === "outside") return { destination, model: { name: NAME, version } };
  if (way === "adopted") return { workloadRef: { apiVersion: "apps/v1", kind: "Deployment", name: NAME } };
  return {
    replicas,
    selector: { matchLabels: { app: NAME } },
    template: {
      metadata: { labels: { app: NAME } },
      spec: { containers: [{ name: "server", image: imageOf(version) }] },
    },
    model: { name: NAME, version },
  };
}

const ladders = [[25], [10, 50], [20, 60, 100], [0, 50], [100], [5, 25, 50]] as const;

/** A first wish by chance. */
export function drawWish(dice: Dice, version: string, { setup }: Pick<World, "setup">): Wish {
  const inPlace = isInPlace(setup);
  const hold = (): string => dice.pick(["1s", "10s", "20s", "40s"]);
  const alarms = dice.pick([
    [{ name: "5xx" }],
    [{ name: "5xx" }, { name: "p99", onAlarm: "Pause" as const }],
    [{ name: "5xx" }, { name: "cost", onAlarm: "Record" as const }],
    [],
  ]);
  return {
    version,
    replicas: inPlace ? dice.pick([1, 2, 4, 7, 10, 10]) : dice.whole(1, 5),
    steps: dice.pick(ladders).map((weight) => ({
      weight,
      hold: hold(),
      ...(dice.chance(0.1) ? { approval: true } : {}),
    })),
    drain: dice.pick(["5s", "15s", "30s"]),
    retain: dice.pick(["0s", "20s", "60s"]),
    stepTimeout: dice.pick(["2m", "4m"]),
    alarms,
    ...(dice.chance(0.2) && !inPlace && setup.way !== "outside" ? { canaryReplicas: "Full" as const } : {}),
    ...(inPlace ? drawRolling(dice) : {}),
  };
}

function drawRolling(dice: Dice): Pick<Wish, "minAvailable" | "rolling"> {
  const minAvailable = dice.pick(["25%", "50%", "100%"]);
  if (dice.chance(0.6)) return { minAvailable };
  return { minAvailable, rolling: dice.pick([limits(1, 0), limits(0, 1), limits(3, 1)]) };
}

const limits = (maxSurge: number, maxUnavailable: number) => ({ maxSurge, maxUnavailable });

/** What a user writes beside the template into a Deployment. */
export function drawSettings(dice: Dice): OwnSettings {
  const pick = (maxSurge: number | string, maxUnavailable: number | string): OwnSettings => ({
    strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge, maxUnavailable } },
  });
  return {
    ...dice.pick([pick(1, 0), pick(0, 1), pick("25%", "25%"), pick("50%", 0), pick(2, 1)]),
    // Said in full: what a manifest no longer says stays as it stands.
    minReadySeconds: dice.chance(0.25) ? dice.pick([3, 15]) : 0,
    progressDeadlineSeconds: dice.chance(0.3) ? 120 : 600,
  };
}
