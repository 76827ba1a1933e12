import { expect, test } from "vitest";
import type { ModelRolloutStatus } from "../api/types.ts";
import type { Observed } from "./observed.ts";
import { saneStatus } from "./sane-status.ts";

const at = "2026-01-05T10:00:00.000Z";
const role = (revision: string, slot: "a" | "b", given: object = {}) => ({
  revision,
  slot,
  replicas: 4,
  readyReplicas: 4,
  ...given,
});
const stable = role("v7", "a");
const canary = role("v8", "b");
const slot = (revision?: string, replicas = 4) => ({
  ...(revision === undefined ? {} : { deployment: { revision, replicas } }),
  ready: 3,
});
const seen = (slots?: object, given: object = {}) =>
  ({ ...(slots ? { slots } : {}), ...given }) as unknown as Observed;
const sane = (status: object, observed = seen()): ModelRolloutStatus => saneStatus(status, observed);

test("nothing becomes nothing, and what makes sense stays as it is", () => {
  expect(saneStatus(undefined, seen())).toEqual({});
  const status = {
    state: "Holding",
    stable,
    canary,
    weight: { desired: 10, acknowledged: 10, pods: 1, of: 4 },
    intent: { id: "x", action: "SetWeights", weight: 10, slot: "b", since: at },
    stickiness: { durationSeconds: 600, offSince: at, restoreAt: at },
  };
  expect(sane(status, seen({ a: slot("v7"), b: slot("v8") }))).toEqual(status);
});

test("entries with a reason that this version does not know are as if they were absent", () => {
  const condition = (reason: string) => ({
    type: "Ready",
    status: "True",
    reason,
    message: "",
    lastTransitionTime: at,
  });
  const entry = (reason: string) => ({
    outcome: "Promoted",
    revision: "v7",
    reason,
    message: "",
    startedAt: at,
    finishedAt: at,
  });
  const status = sane({
    conditions: [condition("Settled"), condition("Nonsense")],
    history: [entry("Nonsense"), entry("Promoted")],
    pause: { reason: "Nonsense", message: "", since: at },
    failedReason: "Nonsense",
  });
  expect(status.conditions).toEqual([condition("Settled")]);
  expect(status.history).toEqual([entry("Promoted")]);
  expect(status).not.toHaveProperty("pause");
  expect(status).not.toHaveProperty("failedReason");
});

test("a rollback goes on whatever its reason was", () => {
  const rollback = { reason: "Nonsense", message: "", startedAt: at, from: "b", to: "a" };
  expect(sane({ rollback }).rollback).toEqual({ ...rollback, reason: "Aborted" });
  expect(sane({ rollback: { ...rollback, reason: "AlarmFiring", from: "c", to: "c" } }).rollback).toEqual({
    reason: "AlarmFiring",
    message: "",
    startedAt: at,
  });
});

test("an intent to set weights says where and how far; a slot that is none is nobody's", () => {
  const intent = { id: "x", action: "SetWeights", weight: 10, slot: "b", since: at };
  const { weight: _weight, ...aimless } = intent;
  const { slot: _slot, ...nowhere } = intent;
  expect(sane({ intent })).toEqual({ intent });
  expect(sane({ intent: aimless })).toEqual({});
  expect(sane({ intent: nowhere })).toEqual({});
  expect(sane({ intent: { ...intent, slot: "c" } })).toEqual({});
  expect(sane({ intent: { ...aimless, action: "RollDeployment" } }).intent).toBeDefined();
  const unplaced = { id: "x", action: "RollDeployment", since: at };
  expect(sane({ intent: unplaced })).toEqual({ intent: unplaced });
  expect(sane({ draining: { slot: "c", since: at, until: at } })).toEqual({});
});

test("stable and canary are never in one slot, and what is retained is beside stable", () => {
  expect(sane({ stable, canary: role("v8", "a") }).canary?.slot).toBe("b");
  expect(sane({ stable: role("v7", "b"), canary: role("v8", "b") }).canary?.slot).toBe("a");
  const { slot: _slot, ...homeless } = canary;
  expect(sane({ stable, canary: homeless }).canary?.slot).toBe("b");
  const retained = { revision: "v6", slot: "a", until: at };
  expect(sane({ stable, retained }).retained?.slot).toBe("b");
  expect(sane({ retained })).toEqual({});
});

test("a revision that runs in the other slot only is there, whatever status says", () => {
  const moved = (a: object, b: object) => sane({ stable }, seen({ a, b })).stable?.slot;
  expect(moved(slot(), slot("v7"))).toBe("b");
  expect(moved(slot("v9"), slot("v7"))).toBe("b");
  expect(moved(slot("v7"), slot("v7"))).toBe("a");
  expect(moved(slot(), slot("v7", 0))).toBe("a");
  expect(moved(slot(), slot("v7", 1))).toBe("b");
  expect(moved(slot(), slot("v8"))).toBe("a");
  const theirs = sane({ stable: { ...stable, unmanaged: true } }, seen({ a: slot(), b: slot("v7") }));
  expect(theirs.stable?.slot).toBe("a");
});

test("stable missing in mid-release is what runs in the slot that the canary is not in", () => {
  expect(sane({ canary }, seen({ a: slot("v7", 5), b: slot("v8") })).stable).toEqual({
    revision: "v7",
    slot: "a",
    replicas: 5,
    readyReplicas: 3,
  });
  const other = sane({ canary: role("v8", "a") }, seen({ a: slot("v8"), b: slot("v7") }));
  expect(other.stable).toMatchObject({ revision: "v7", slot: "b" });
  expect(sane({ canary }).stable).toEqual({
    revision: "unmanaged",
    unmanaged: true,
    slot: "a",
    replicas: 0,
    readyReplicas: 0,
  });
  expect(sane({ state: "Idle" })).toEqual({ state: "Idle" });
});

test("a beginning is one only with stable and without a canary", () => {
  expect(sane({ stable, beginning: at }).beginning).toBe(at);
  expect(sane({ stable, canary, beginning: at })).not.toHaveProperty("beginning");
  expect(sane({ beginning: at })).toEqual({});
});

test("numbers are brought into their range", () => {
  const wild = { replicas: -1, readyReplicas: 2_000_000 };
  expect(sane({ stable: { ...stable, ...wild } }).stable).toMatchObject({
    replicas: 0,
    readyReplicas: 1_000_000,
  });
  expect(sane({ weight: { desired: -1, acknowledged: 101, pods: -1, of: 2_000_000 } }).weight).toEqual({
    desired: 0,
    acknowledged: 100,
    pods: 0,
    of: 1_000_000,
  });
  const step = {
    index: -1,
    count: 0,
    weight: 101,
    weights: [-1, 50, 101],
    startedAt: at,
    spentMs: -1,
    pauses: -1,
    holdMs: 2e12,
    acknowledgedAt: "yesterday",
  };
  expect(sane({ step }).step).toEqual({
    index: 0,
    count: 1,
    weight: 100,
    weights: [0, 50, 100],
    startedAt: at,
    spentMs: 0,
    pauses: 0,
    holdMs: 1e12,
  });
  const large = { ...step, index: 101, count: 101, spentMs: 2e12, pauses: 2_000_000, acknowledgedAt: at };
  expect(sane({ step: large }).step).toMatchObject({
    index: 100,
    count: 100,
    spentMs: 1e12,
    pauses: 1_000_000,
    acknowledgedAt: at,
  });
});

test("cookies that live for less than a second or more than a week are none", () => {
  const stickiness = (durationSeconds: number) => ({ durationSeconds, offSince: at, restoreAt: at });
  for (const seconds of [1, 604_800]) {
    expect(sane({ stickiness: stickiness(seconds) }).stickiness?.durationSeconds).toBe(seconds);
  }
  for (const seconds of [0, 604_801]) expect(sane({ stickiness: stickiness(seconds) })).toEqual({});
});

test("a rollback takes the canary's slot back, never stable's, whatever it says", () => {
  const rollback = { reason: "Aborted", message: "x", startedAt: at, from: "a", to: "b" };
  expect(sane({ stable, canary, rollback }).rollback).toMatchObject({ from: "b", to: "a" });
  expect(sane({ stable, rollback }).rollback).toMatchObject({ from: "b", to: "a" });
  const inPlace = { revision: "v8", replicas: 1, readyReplicas: 1 };
  const bare = { reason: "Aborted", message: "x", startedAt: at };
  const rolled = seen(undefined, { inPlace: {} });
  expect(sane({ stable: inPlace, canary: inPlace, rollback: bare }, rolled).rollback).toEqual(bare);
});
