import { describe, expect, test } from "vitest";
import type { ModelRolloutStatus } from "../../api/types.ts";
import type { InPlaceRead, Observed } from "../observed.ts";
import {
  askedInPlace,
  deploymentAsRouter,
  podsBeside,
  reached,
  wantedBeside,
  withoutMetNext,
} from "./view.ts";

const role = (revision: string) => ({ revision, replicas: 0, readyReplicas: 0 });
const set = (revision: string, wanted: number, ready = wanted) => ({ revision, wanted, pods: wanted, ready });
const seen = (given: object = {}, ...sets: readonly object[]) =>
  ({
    id: "prod/sentiment",
    deployment: { current: true, paused: true, replicas: 10, template: "v8", ...given },
    sets,
  }) as unknown as InPlaceRead;
const stable = role("v7");
const canary = role("v8");
const rollback = { reason: "Aborted", message: "", startedAt: "t" } as const;
const weight = (acknowledged: number) => ({ desired: acknowledged, acknowledged });
const intent = { id: "x", action: "SetWeights", weight: 50, slot: "b", since: "t" } as const;

describe("a revision that was to be released next", () => {
  const next = { stable, next: "v9" };

  test("is forgotten once a template stands there", () => {
    expect(withoutMetNext(next, seen({ template: "v9" }))).toEqual({ stable });
    expect(withoutMetNext(next, seen({ template: "v10" }))).toEqual({ stable });
  });

  test("is remembered on the way back, while the stable template stands, and unread", () => {
    const back = { ...next, rollback };
    expect(withoutMetNext(back, seen({ template: "v9" }))).toBe(back);
    expect(withoutMetNext(next, seen({ template: "v7" }))).toBe(next);
    expect(withoutMetNext(next, undefined)).toBe(next);
  });
});

test("the share last asked for is that of the write under way, else the acknowledged one; 0 on the way back", () => {
  expect(askedInPlace({ canary, weight: weight(10) })).toBe(10);
  expect(askedInPlace({ canary, weight: weight(10), intent })).toBe(50);
  expect(askedInPlace({ canary, weight: weight(10), intent, rollback })).toBe(0);
  expect(askedInPlace({ weight: weight(10), intent })).toBe(0);
  expect(askedInPlace({ canary })).toBe(0);
  expect(askedInPlace({ canary, weight: weight(10), intent: { ...intent, action: "ScaleSlot" } })).toBe(10);
});

test("pods beside a revision are those of all others", () => {
  const mixed = seen({}, set("v7", 6), set("v8", 3), { ...set("v6", 0), pods: 1 });
  expect(wantedBeside(mixed, "v8")).toBe(6);
  expect(podsBeside(mixed, "v8")).toBe(7);
  expect(podsBeside(mixed, undefined)).toBe(10);
});

describe("a share is reached", () => {
  const at = (sets: readonly object[], given: object = {}, share = 20) =>
    reached(seen(given, ...sets), "v8", share);

  test("when enough canary pods are Ready and no other pod is left over", () => {
    expect(at([set("v7", 8), set("v8", 2)])).toBe(true);
    expect(at([set("v7", 8), set("v8", 2, 1)])).toBe(false);
    expect(at([set("v7", 9), set("v8", 2)])).toBe(false);
    expect(at([set("v8", 10)], {}, 100)).toBe(true);
    expect(at([set("v8", 10), set("v7", 1)], {}, 100)).toBe(false);
  });

  test("only on a Deployment that its controller has seen, with the canary's template", () => {
    const there = [set("v7", 8), set("v8", 2)];
    expect(at(there)).toBe(true);
    expect(at(there, { current: false })).toBe(false);
    // Unpaused it would answer a change of replicas under the settings of the move.
    expect(at(there, { paused: false })).toBe(false);
    expect(at(there, { unscaled: true })).toBe(false);
    expect(at(there, { template: "v7" })).toBe(false);
    expect(reached({ ...seen(), deployment: undefined } as never, "v8", 20)).toBe(false);
  });

  test("above 100 replicas less than one percent may be left over", () => {
    const many = { replicas: 250 };
    expect(at([set("v7", 202), set("v8", 50)], many)).toBe(true);
    expect(at([set("v7", 203), set("v8", 50)], many)).toBe(false);
    expect(at([set("v7", 81), set("v8", 20)], { replicas: 100 })).toBe(false);
  });
});

describe("the Deployment in the words of a router", () => {
  const read = (status: ModelRolloutStatus, inPlace: InPlaceRead) =>
    deploymentAsRouter(status, { inPlace, now: 7 } as unknown as Observed).targets[0];
  const rolled = seen({}, set("v7", 8), set("v8", 2));

  test("it carries what was asked for once that is reached, and what was acknowledged until then", () => {
    const asked = { canary, weight: weight(0), intent: { ...intent, weight: 20 } };
    expect(read(asked, rolled)?.shares).toEqual({ a: 80, b: 20 });
    expect(read(asked, seen({}, set("v7", 9), set("v8", 1)))?.shares).toEqual({ a: 100, b: 0 });
    expect(read({ canary, weight: weight(20) }, rolled)?.shares).toEqual({ a: 80, b: 20 });
    expect(read({ weight: weight(20) }, rolled)?.shares).toEqual({ a: 100, b: 0 });
  });

  test("on the way back it carries nothing once the last canary pod is gone", () => {
    const back = { canary, weight: weight(20), rollback };
    const there = { template: "v7" };
    expect(read(back, seen(there, set("v7", 8), set("v8", 2)))?.shares).toEqual({ a: 80, b: 20 });
    expect(read(back, seen(there, set("v7", 10)))?.shares).toEqual({ a: 100, b: 0 });
    expect(read({ canary, weight: weight(20) }, seen({}, set("v7", 10)))?.shares).toEqual({ a: 80, b: 20 });
  });

  test("its true share is that of the Ready pods, told to people", () => {
    const target = read({ canary, weight: weight(10) }, seen({ replicas: 6 }, set("v7", 5), set("v8", 1)));
    expect(target?.note).toBe("1 of 6 Ready pods are the canary's: 16.7 % of them");
    expect(target?.raw).toEqual({ a: 5, b: 1 });
    expect(target?.trueShares?.b).toBeCloseTo(100 / 6);
    expect(read({}, rolled)).not.toHaveProperty("note");
    expect(read({ canary }, seen({}))?.trueShares).toEqual({ a: 100, b: 0 });
  });

  test("one that does not exist is not found", () => {
    expect(read({}, { ...seen(), deployment: undefined } as never)).toEqual({
      kind: "Deployment",
      id: "prod/sentiment",
      problem: { kind: "notFound", message: "Deployment prod/sentiment does not exist" },
    });
    expect(() => deploymentAsRouter({}, { now: 7 } as unknown as Observed)).toThrow("no Deployment");
  });
});
