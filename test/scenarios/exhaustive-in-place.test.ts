import { expect, test } from "vitest";
import { annotations } from "../../src/api/group.ts";
import type { ModelRollout } from "../../src/api/types.ts";
import type { AlarmRead, InPlaceRead, Observed, RolledDeployment } from "../../src/core/observed.ts";
import { plan } from "../../src/core/plan.ts";
import { Invariants } from "./invariants.ts";
import { standing } from "./standing.ts";

/** Every place in a release of two steps of a Deployment of four, on its way back, and at rest. */
const places = {
  "at rest": ["given adopted v7 4"],
  "before the start": ["given adopted v7 4", "alarm 5xx ALARM", "deployment image v8", "alarm 5xx OK"],
  "first pods loading": ["given adopted v7 4", "deployment image v8", "wait 10s"],
  "half of the first step": ["given adopted v7 4", "deployment image v8", "wait 30s"],
  "first step held": ["given held v7 v8 4"],
  "second step's pods loading": ["given held v7 v8 4", "wait 5m", "wait 105s"],
  "last step held": ["given held v7 v8 4", "wait 9m"],
  "on the way back": [
    "edit minAvailable 75%",
    "given held v7 v8 4",
    "wait 9m",
    "annotate abort v8-1",
    "wait 5s",
  ],
  "rolled back": ["given held v7 v8 4", "annotate abort v8-1", "wait 5m"],
  "the failed template there": [
    "given held v7 v8 4",
    "annotate abort v8-1",
    "wait 5m",
    "deployment insist v8",
  ],
  retained: ["edit steps 50:1m 100:1m", "given held v7 v8 4", "wait 3m"],
} as const;

type Change = (observed: Observed, baseline: string | undefined) => Observed;

const alarm =
  (change: (read: AlarmRead, baseline: string | undefined) => AlarmRead | undefined): Change =>
  (observed, baseline) => ({
    ...observed,
    alarms: observed.alarms.flatMap((read) => change(read, baseline) ?? []),
  });

const alarms: readonly Change[] = [
  alarm((read) => read),
  alarm((read) => ({ ...read, state: "ALARM" })),
  alarm((read) => ({ ...read, state: "INSUFFICIENT_DATA" })),
  alarm((read) => ({ ...read, at: read.at - 25_000 })),
  alarm(() => undefined),
  alarm((read, since) => ({
    ...read,
    transitionedAt: "2026-01-05T10:03:01.234Z",
    ...(since === undefined ? {} : { history: { since, answer: "fired" as const } }),
  })),
];

const inPlace =
  (change: (read: InPlaceRead) => InPlaceRead): Change =>
  ({ inPlace: read, ...observed }) =>
    read ? { ...observed, inPlace: change(read) } : observed;

const deployment = (change: (found: RolledDeployment) => Partial<RolledDeployment>): Change =>
  inPlace(({ deployment: found, ...read }) =>
    found ? { ...read, deployment: { ...found, ...change(found) } } : read,
  );

const template = (name: string): Change => {
  const there = deployment(() => ({ template: name }));
  return (observed, baseline) => {
    const { wanted, ...rest } = there(observed, baseline);
    return { ...rest, wanted: { ...wanted, revision: name, modelVersion: name } };
  };
};

const keep: Change = (observed) => observed;

/** What people, tools and autoscalers may have made of the Deployment. */
const hands: readonly Change[] = [
  keep,
  ...["v7", "v8", "v9"].map(template),
  deployment(({ paused }) => ({ paused: !paused })),
  deployment(() => ({ mark: "none" })),
  deployment(() => ({ mark: "adopted" })),
  deployment(() => ({ current: false })),
  deployment(() => ({ holdsFields: true })),
  deployment(({ settings }) => ({ settings: { ...settings, maxSurge: 3, minReadySeconds: 0 } })),
  deployment(({ settings }) => ({ settings: { ...settings, maxUnavailable: 4 } })),
  ...[0, 1, 3, 8].map((replicas) => deployment(() => ({ replicas }))),
  inPlace(({ deployment: _gone, ...read }) => ({ ...read, sets: [] })),
];

const ready = (revision: string, count: number): Change =>
  inPlace((read) => ({
    ...read,
    sets: read.sets.map((set) => (set.revision === revision ? { ...set, ready: count } : set)),
  }));

const pods: readonly Change[] = [
  keep,
  ready("v8", 0),
  ready("v8", 4),
  ready("v7", 0),
  inPlace((read) => ({ ...read, sets: read.sets.filter(({ revision }) => revision !== "v8") })),
  inPlace((read) => ({ ...read, sets: read.sets.filter(({ revision }) => revision !== "v7") })),
];

const policies: readonly Change[] = [
  keep,
  inPlace((read) => ({ ...read, policies: "absent" })),
  inPlace((read) => ({ ...read, policies: { refused: "does not let the operator through" } })),
];

/** Now, and long after the hold is over, with everything read anew. */
const later =
  (ms: number): Change =>
  (observed) => ({
    ...observed,
    now: observed.now + ms,
    alarms: observed.alarms.map((read) => ({ ...read, at: read.at + ms })),
  });

const wishes: readonly Readonly<Record<string, string>>[] = [
  {},
  { [annotations.promote]: "v8-1" },
  { [annotations.abort]: "v8-1" },
  { [annotations.retry]: "v8-1" },
  { [annotations.overrideAlarms]: "v8-1" },
];

function* worlds(rollout: ModelRollout, base: Observed): Generator<readonly [ModelRollout, Observed]> {
  const baseline = rollout.status?.alarms?.[0]?.baseline;
  for (const wish of wishes) {
    const metadata = { ...rollout.metadata, annotations: wish };
    for (const time of [later(0), later(600_000)]) {
      for (const how of alarms) {
        for (const who of hands) {
          for (const what of pods) {
            for (const guard of policies) {
              const changes = [time, how, guard, who, what];
              const observed = changes.reduce((seen, change) => change(seen, baseline), base);
              yield [{ ...rollout, metadata }, observed];
            }
          }
        }
      }
    }
  }
}

for (const [place, commands] of Object.entries(places)) {
  test(`in place, ${place}: every combination of alarm, hand, pods, policies and wish keeps the invariants`, {
    timeout: 240_000,
  }, () => {
    const { story, rollout, observed: base } = standing(["edit steps 50:5m 100:5m", ...commands]);
    const invariants = new Invariants(story.world);
    let seen = 0;
    let shaped = 0;
    for (const [resource, observed] of worlds(rollout, base)) {
      const planned = plan(resource, observed);
      invariants.check(resource, observed, planned);
      seen += 1;
      shaped += planned.actions.filter(({ kind }) => kind === "ShapeDeployment").length;
    }
    expect(seen).toBe(17_280);
    expect(shaped, "some combination must write the Deployment, or nothing is proved").toBeGreaterThan(100);
  });
}
