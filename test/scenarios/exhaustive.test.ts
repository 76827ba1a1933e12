import { expect, test } from "vitest";
import { annotations } from "../../src/api/group.ts";
import type { ModelRollout } from "../../src/api/types.ts";
import type { AlarmRead, Destination, Observed, RouterRead } from "../../src/core/observed.ts";
import { plan } from "../../src/core/plan.ts";
import { Invariants } from "./invariants.ts";
import { standing } from "./standing.ts";

/** Every place in a release of two steps, and in its retain. */
const places = {
  "pods starting": ["given stable v7", "apply v8", "wait 10s"],
  "first raise failed": ["given stable v7", "write throttled", "apply v8", "wait 42s"],
  "first step held": ["given stable v7", "apply v8", "wait 1m"],
  "second step's pods starting": ["given stable v7", "apply v8", "wait 105s"],
  "second raise failed": ["given stable v7", "apply v8", "wait 95s", "write throttled", "wait 40s"],
  "last step held": ["given stable v7", "apply v8", "wait 150s"],
  retained: ["given stable v7", "apply v8", "wait 4m"],
  "paused by foreign weights": ["given stable v7", "apply v8", "wait 1m", "weights a 100 b 0", "wait 10s"],
} as const;

type Change = (observed: Observed, baseline: string | undefined) => Observed;

const alarm =
  (change: (read: AlarmRead, baseline: string | undefined) => AlarmRead | undefined): Change =>
  (observed, baseline) => ({
    ...observed,
    alarms: observed.alarms.flatMap((read) => change(read, baseline) ?? []),
  });

const moved = (answer: "fired" | "quiet" | "unknown") =>
  alarm((read, since) => ({
    ...read,
    transitionedAt: "2026-01-05T10:03:01.234Z",
    ...(since === undefined ? {} : { history: { since, answer } }),
  }));

const alarms: readonly Change[] = [
  alarm((read) => read),
  alarm((read) => ({ ...read, state: "ALARM" })),
  alarm((read) => ({ ...read, state: "INSUFFICIENT_DATA" })),
  alarm(({ state: _state, ...read }) => ({ ...read, outcome: "missing" })),
  alarm((read) => ({ ...read, outcome: "problem", problem: { kind: "denied", message: "denied" } })),
  alarm((read) => ({ ...read, evaluationBroken: "EVALUATION_ERROR" })),
  alarm((read) => ({ ...read, state: "ALARM", evaluationBroken: "EVALUATION_ERROR" })),
  alarm((read) => ({ ...read, at: read.at - 25_000 })),
  alarm(() => undefined),
  moved("fired"),
  moved("quiet"),
  moved("unknown"),
];

const router =
  (change: (read: RouterRead) => RouterRead | undefined): Change =>
  ({ router: read, ...observed }) => {
    const changed = read && change(read);
    return changed ? { ...observed, router: changed } : observed;
  };

const shares = (b: number): Change =>
  router((read) => ({
    ...read,
    targets: read.targets.map((target) => ({ ...target, shares: { a: 100 - b, b } })),
  }));

const routers: readonly Change[] = [
  router((read) => read),
  ...[0, 37, 50, 100].map(shares),
  router(() => undefined),
  router((read) => ({
    ...read,
    targets: read.targets.map(({ kind, id }) => ({
      kind,
      id,
      problem: { kind: "throttled", message: "later" } as const,
    })),
  })),
];

const serving =
  (destination: Destination, count: number): Change =>
  (observed) => {
    const { slots, health } = observed;
    if (!slots || !health) return observed;
    const healthy = Array.from({ length: count }, (_, index) => `10.0.9.${index}`);
    const slot = slots[destination];
    return {
      ...observed,
      slots: { ...slots, [destination]: { ...slot, ready: Math.max(slot.ready, count), serving: count } },
      health: { ...health, [destination]: { ...health[destination], healthy } },
    };
  };

const unreadHealth: Change = ({ health: _health, ...observed }) => observed;
const capacities: readonly Change[] = [
  (observed) => observed,
  serving("a", 0),
  serving("b", 0),
  (observed, baseline) => serving("b", 0)(serving("a", 0)(observed, baseline), baseline),
  serving("b", 4),
  unreadHealth,
];

/** Now, and long after the hold is over, with everything read anew. */
const later =
  (ms: number): Change =>
  (observed) => ({
    ...observed,
    now: observed.now + ms,
    alarms: observed.alarms.map((read) => ({ ...read, at: read.at + ms })),
    ...(observed.router ? { router: { ...observed.router, at: observed.router.at + ms } } : {}),
    ...(observed.health
      ? {
          health: {
            a: { ...observed.health.a, at: observed.health.a.at + ms },
            b: { ...observed.health.b, at: observed.health.b.at + ms },
          },
        }
      : {}),
  });

const wishes: readonly Readonly<Record<string, string>>[] = [
  {},
  { [annotations.promote]: "v8-1" },
  { [annotations.approve]: "v8-1/1.1" },
  { [annotations.overrideAlarms]: "v8-1" },
];

function* worlds(rollout: ModelRollout, base: Observed): Generator<readonly [ModelRollout, Observed]> {
  const baseline = rollout.status?.alarms?.[0]?.baseline;
  for (const onAlarm of ["Rollback", "Pause", "Record"] as const) {
    const spec = { ...rollout.spec, analysis: { alarms: [{ name: "5xx", onAlarm }] } };
    for (const wish of wishes) {
      const metadata = { ...rollout.metadata, annotations: wish };
      for (const time of [later(0), later(120_000)]) {
        for (const how of alarms) {
          for (const what of routers) {
            for (const pods of capacities) {
              const observed = [time, how, what, pods].reduce((seen, change) => change(seen, baseline), base);
              yield [{ ...rollout, spec, metadata }, observed];
            }
          }
        }
      }
    }
  }
}

for (const [place, commands] of Object.entries(places)) {
  test(`${place}: every combination of alarm, weights, capacity and wish keeps the invariants`, {
    timeout: 120_000,
  }, () => {
    const { story, rollout, observed: base } = standing(["edit steps 50:1m 100:1m", ...commands]);
    const invariants = new Invariants(story.world);
    let seen = 0;
    let raised = 0;
    for (const [resource, observed] of worlds(rollout, base)) {
      const planned = plan(resource, observed);
      invariants.check(resource, observed, planned);
      seen += 1;
      raised += planned.actions.filter(
        (action) => action.kind === "SetWeights" && action.purpose === "raise",
      ).length;
    }
    expect(seen).toBe(12_096);
    if (place !== "retained" && place !== "last step held")
      expect(raised, "some combination must let it go on, or nothing is proved").toBeGreaterThan(0);
  });
}
