/** What happens to one Deployment between two quiet points, as plain data. */
export type Step =
  | { readonly kind: "edit"; readonly change: Edit }
  /** A Ready pod of a version stops being it, as when its model server hangs. */
  | { readonly kind: "unready"; readonly version: Version }
  /** All of them are well again. */
  | { readonly kind: "heal" }
  /** A pod of a version is deleted. */
  | { readonly kind: "evict"; readonly version: Version };

export type Version = (typeof versions)[number];
export const versions = ["v1", "v2", "v3"] as const;

/** Pods of this version never get Ready. */
export const broken: Version = "v3";

/** One patch of the spec; absent fields stay. */
export type Edit = {
  readonly template?: Version;
  readonly replicas?: number;
  readonly paused?: boolean;
  readonly minReadySeconds?: number;
  readonly strategy?: RollingUpdate | "Recreate";
};

export type RollingUpdate = {
  readonly maxUnavailable: number | string;
  readonly maxSurge: number | string;
};

/** A deterministic source of numbers below `count` (mulberry32). */
export function randomOf(seed: number): (count: number) => number {
  let state = seed;
  return (count) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % count;
  };
}

const replicas = [0, 1, 2, 3, 4, 5, 7, 10] as const;
const unavailable = [0, 0, 1, "10%", "25%", "50%", "75%", "100%"] as const;
const surge = [0, 0, 1, 2, "25%", "100%"] as const;
const BRAKE = 2_147_483_646;

/** The steps of one seed. */
export function stepsOf(seed: number, count: number): readonly Step[] {
  const random = randomOf(seed);
  return Array.from({ length: count }, () => stepOf(random));
}

function stepOf(random: (count: number) => number): Step {
  const pick = <T>(from: readonly T[]): T => from[random(from.length)] as T;
  const dice = random(10);
  if (dice === 0) return { kind: "unready", version: pick(versions) };
  if (dice === 1) return { kind: "heal" };
  if (dice === 2) return { kind: "evict", version: pick(versions) };
  const parts: readonly (() => Edit)[] = [
    () => ({ template: pick(versions) }),
    () => ({ replicas: pick(replicas) }),
    () => ({ paused: random(2) === 0 }),
    () => ({ minReadySeconds: pick([0, BRAKE]) }),
    () => ({ strategy: strategyOf(random, pick) }),
  ];
  // Mostly one thing, as people and autoscalers do; sometimes several in one patch, as the operator does.
  const first = pick(parts)();
  const change =
    random(3) > 0
      ? first
      : { ...first, ...pick(parts)(), ...pick(parts)(), strategy: strategyOf(random, pick) };
  return { kind: "edit", change };
}

function strategyOf(
  random: (count: number) => number,
  pick: <T>(from: readonly T[]) => T,
): RollingUpdate | "Recreate" {
  if (random(12) === 0) return "Recreate";
  const rolling = { maxUnavailable: pick(unavailable), maxSurge: pick(surge) };
  // The API server takes no roll that may do neither.
  const stuck = rolling.maxUnavailable === 0 && rolling.maxSurge === 0;
  return stuck ? { ...rolling, maxSurge: 1 } : rolling;
}

/** For people. */
export const inWords = (step: Step): string =>
  step.kind === "edit"
    ? JSON.stringify(step.change)
    : `${step.kind} ${"version" in step ? step.version : ""}`;
