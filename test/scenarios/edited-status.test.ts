import * as fc from "fast-check";
import { expect, test } from "vitest";
import { plan } from "../../src/core/plan.ts";
import { standing } from "./standing.ts";

/** Values that a person or a broken tool may leave in a field. */
const garbage = fc.oneof(
  fc.constantFrom<unknown>(
    undefined,
    null,
    0,
    -1,
    1,
    2,
    50,
    99,
    100,
    101,
    1e12,
    0.5,
    "",
    "a",
    "b",
    "garbage",
    true,
    [],
    {},
    "2026-01-05T10:00:00.000Z",
    "2026-13-45T99:99:99Z",
    "1970-01-01T00:00:00Z",
    "9999-12-31T23:59:59Z",
    [null],
    [1],
    { slot: "a" },
    "Holding",
    "SetWeights",
    "ForeignWeights",
    "v8-1",
    "v7",
    "v8",
    "v9",
  ),
  fc.json({ maxDepth: 2 }).map((text): unknown => JSON.parse(text)),
);

const paths = [
  "state",
  "release",
  "stable",
  "stable.revision",
  "stable.slot",
  "stable.unmanaged",
  "stable.replicas",
  "canary",
  "canary.revision",
  "canary.slot",
  "canary.replicas",
  "retained",
  "retained.until",
  "retained.slot",
  "step",
  "step.index",
  "step.count",
  "step.weight",
  "step.weights",
  "step.acknowledgedAt",
  "step.holdUntil",
  "step.holdMs",
  "step.spentMs",
  "step.countingSince",
  "step.pauses",
  "weight",
  "weight.desired",
  "weight.acknowledged",
  "weight.acknowledgedAt",
  "weight.previous",
  "weight.changedAt",
  "weight.pods",
  "targets",
  "awaiting",
  "alarms",
  "alarms.0",
  "alarms.0.baseline",
  "alarms.0.unreadableSince",
  "intent",
  "intent.weight",
  "intent.slot",
  "intent.action",
  "intent.since",
  "pause",
  "pause.reason",
  "pause.approval",
  "rollback",
  "rollback.from",
  "rollback.reason",
  "rollback.zeroAt",
  "rollback.drainUntil",
  "releaseStartedAt",
  "beginning",
  "draining",
  "drift",
  "drift.repairs",
  "rival",
  "stickiness",
  "stickiness.durationSeconds",
  "stickiness.restoreAt",
  "unavailableSince",
  "failedRevision",
  "next",
  "failedRelease",
  "attempts",
  "attemptFloor",
  "lastHandled",
  "history",
  "conditions",
  "conditions.0",
];

const edit = fc.record({ path: fc.constantFrom(...paths), value: garbage });

function set(root: Record<string, unknown>, path: string, value: unknown): void {
  const keys = path.split(".");
  const last = keys.pop() ?? "";
  let inner: Record<string, unknown> = root;
  for (const key of keys) {
    const next = inner[key];
    if (typeof next !== "object" || next === null) return;
    inner = next as Record<string, unknown>;
  }
  if (value === undefined) delete inner[last];
  else inner[last] = value;
}

const starts = {
  idle: ["given stable v7"],
  starting: ["given stable v7", "apply v8", "wait 10s"],
  holding: ["given holding v7 v8"],
  awaiting: ["edit steps 10:1m:approval", "given holding v7 v8", "wait 5m"],
  paused: ["given holding v7 v8", "weights a 100 b 0", "wait 10s"],
  "rolling back": ["given holding v7 v8", "annotate abort v8-1"],
  "rolled back": ["given holding v7 v8", "annotate abort v8-1", "wait 5m"],
  retaining: ["given retained v7 v8"],
  first: ["apply v7"],
  "in place, idle": ["given adopted v7 4"],
  "in place, starting": ["given adopted v7 4", "alarm 5xx ALARM", "deployment image v8", "alarm 5xx OK"],
  "in place, shifting": ["given adopted v7 4", "deployment image v8", "wait 30s"],
  "in place, holding": ["given held v7 v8 4"],
  "in place, rolling back": ["edit steps 100:1h", "given held v7 v8 4", "annotate abort v8-1"],
  "in place, rolled back": ["given held v7 v8 4", "annotate abort v8-1", "wait 5m"],
  "in place, retaining": ["edit steps 100:1m", "given held v7 v8 4", "wait 5m"],
} as const;

for (const [name, commands] of Object.entries(starts)) {
  const { rollout, observed } = standing(commands);
  const damaged = fc.array(edit, { minLength: 1, maxLength: 4 }).map((edits) => {
    const status = JSON.parse(JSON.stringify(rollout.status ?? {})) as Record<string, unknown>;
    for (const { path, value } of edits) set(status, path, value);
    return status;
  });

  test(`${name}: plan is total and deterministic for any edited status, and settles on one it can read`, () => {
    fc.assert(
      fc.property(damaged, (status) => {
        const first = plan({ ...rollout, status }, observed);
        expect(plan({ ...rollout, status }, observed)).toEqual(first);
        expect(() => plan({ ...rollout, status: first.status }, observed)).not.toThrow();
        expect(first.actions.filter(({ kind }) => kind === "SetWeights").length).toBeLessThanOrEqual(1);
      }),
      { numRuns: 400 },
    );
  });

  test(`${name}: an edited status raises no weight while an alarm fires`, () => {
    const burning = {
      ...observed,
      alarms: observed.alarms.map((read) => ({ ...read, state: "ALARM" as const })),
    };
    const shares = observed.router?.targets[0]?.shares ?? { a: 0, b: 0 };
    fc.assert(
      fc.property(damaged, (status) => {
        for (const action of plan({ ...rollout, status }, burning).actions) {
          if (action.kind === "ShapeDeployment" && action.raise) expect.fail("raised in place");
          if (action.kind !== "SetWeights" || action.purpose !== "raise") continue;
          expect.fail(`raised from ${JSON.stringify(shares)} to ${JSON.stringify(action.weights)}`);
        }
      }),
      { numRuns: 400 },
    );
  });
}
