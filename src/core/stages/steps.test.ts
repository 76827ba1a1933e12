import { describe, expect, test } from "vitest";
import type { StepStatus } from "../../api/types.ts";
import type { PlannedStep } from "../settings.ts";
import { presentStep } from "./steps.ts";

const steps = (...weights: readonly number[]): readonly PlannedStep[] =>
  weights.map((weight) => ({ weight, holdMs: weight * 1000, approval: weight === 50 }));

const at = (index: number, reached: boolean, ...weights: readonly number[]): StepStatus => ({
  index,
  count: weights.length,
  weight: weights[index] ?? 0,
  weights: [...weights],
  startedAt: "2026-01-05T10:00:00.000Z",
  spentMs: 0,
  pauses: 0,
  ...(reached ? { acknowledgedAt: "2026-01-05T10:01:00.000Z", holdMs: 7_000, approval: true } : {}),
});

describe("without an edit", () => {
  test("the first step, on its way", () => {
    expect(presentStep(at(0, false, 10, 50, 100), steps(10, 50, 100), 0)).toEqual({
      weight: 10,
      holdMs: 10_000,
      approval: false,
      next: 1,
    });
  });
  test("a step that is held goes to the next", () => {
    expect(presentStep(at(1, true, 10, 50, 100), steps(10, 50, 100), 50)).toEqual({
      weight: 50,
      holdMs: 50_000,
      approval: true,
      next: 2,
    });
  });
  test("after the last the release is promoted", () => {
    expect(presentStep(at(2, true, 10, 50, 100), steps(10, 50, 100), 100)).toEqual({
      weight: 100,
      holdMs: 100_000,
      approval: false,
    });
  });
});

describe("an edit of the steps in mid-release (design, Around)", () => {
  test("ahead: the index is kept", () => {
    expect(presentStep(at(0, true, 10, 50, 100), steps(10, 20, 30, 100), 10)).toMatchObject({
      weight: 10,
      holdMs: 10_000,
      next: 1,
    });
  });
  test("of the weight that is under way: the new one is taken", () => {
    expect(presentStep(at(1, false, 10, 50, 100), steps(10, 30, 100), 10)).toMatchObject({
      weight: 30,
      next: 2,
    });
  });
  test("of the weight that is held: its hold and approval are served first, then the first step above it", () => {
    expect(presentStep(at(0, true, 10, 50, 100), steps(20, 100), 10)).toEqual({
      weight: 10,
      holdMs: 7_000,
      approval: true,
      next: 0,
    });
  });
  test("of weights already passed: the same", () => {
    expect(presentStep(at(1, true, 10, 50, 100), steps(5, 20, 80, 100), 50)).toEqual({
      weight: 50,
      holdMs: 7_000,
      approval: true,
      next: 2,
    });
  });
  test("fewer steps than the release has gone", () => {
    expect(presentStep(at(2, true, 10, 50, 80, 100), steps(100), 80)).toMatchObject({ weight: 80, next: 0 });
  });
  test("never down: nothing above the present weight is left but the end", () => {
    expect(presentStep(at(2, true, 10, 50, 100), steps(10, 100), 100)).not.toHaveProperty("next");
  });
});

describe("a status that was edited by hand", () => {
  test("an index that does not follow from the acknowledged weight skips no step", () => {
    expect(presentStep(at(2, false, 10, 50, 100), steps(10, 50, 100), 0)).toMatchObject({
      weight: 0,
      next: 0,
    });
    expect(presentStep(at(2, false, 10, 50, 100), steps(10, 50, 100), 10)).toMatchObject({
      weight: 10,
      next: 1,
    });
  });
  test("a step that claims to be reached while the canary still has the weight before it", () => {
    expect(presentStep(at(1, true, 10, 50, 100), steps(10, 50, 100), 10)).toMatchObject({
      weight: 10,
      next: 1,
    });
  });
  test("a step whose hold got lost is held for as long as the spec says of it, not of the last one", () => {
    const spec = [
      { weight: 20, holdMs: 1_000, approval: false },
      { weight: 100, holdMs: 2_000, approval: false },
    ];
    const { holdMs: _lost, ...step } = at(0, true, 10, 100);
    expect(presentStep(step, spec, 10)).toMatchObject({ weight: 10, holdMs: 1_000 });
    expect(presentStep({ ...step, index: 9 }, spec, 10)).toMatchObject({ weight: 10, holdMs: 2_000 });
  });
  test("an absurd index", () => {
    expect(presentStep(at(99, true, 10, 50, 100), steps(10, 50, 100), 10)).toMatchObject({
      weight: 10,
      next: 1,
    });
  });
  test("only a person's promote jumps", () => {
    expect(presentStep(at(2, false, 10, 50, 100), steps(10, 50, 100), 0, true)).toMatchObject({
      weight: 100,
    });
  });
});
