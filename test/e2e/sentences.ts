import { expect } from "vitest";
import type { Condition, ConditionType, ModelRollout } from "../../src/api/types.ts";
import { conditionOf, type Rollout } from "../world/rollouts.ts";

/** What a person must never read. */
const unreadable = /undefined|null|NaN|\[object|Error:|\n|\bat \S+:\d+/;

/** The message of a condition, once it has been found fit for people. */
export function sentenceOf(rollout: ModelRollout | undefined, type: ConditionType = "Ready"): string {
  const { message = "" } = conditionOf(rollout, type) ?? {};
  expect(message.length, `a message: ${message}`).toBeGreaterThan(15);
  expect(message.length).toBeLessThanOrEqual(500);
  expect(message).not.toMatch(unreadable);
  return message;
}

/** Every message that the rollout has had so far is fit for people. */
export function expectReadable(rollout: Rollout): void {
  const messages = new Set(
    rollout.seen.flatMap(({ status }) => status?.conditions ?? []).map((each: Condition) => each.message),
  );
  for (const message of messages) expect(message).not.toMatch(unreadable);
}

/**
 * Waits until the rollout stands still for a person: Blocked, Stalled for this reason, not Ready.
 * @returns what it says
 */
export async function blocked(rollout: Rollout, reason: string, withinMs = 30_000): Promise<string> {
  const found = await rollout.waitFor(
    `Blocked, ${reason}`,
    (each) => {
      const stalled = conditionOf(each, "Stalled");
      return each.status?.state === "Blocked" && stalled?.status === "True" && stalled.reason === reason;
    },
    withinMs,
  );
  expect(conditionOf(found, "Ready")).toMatchObject({ status: "False", reason });
  return sentenceOf(found, "Stalled");
}

/** Reasons of the events of a rollout. */
export async function eventReasons(rollout: Rollout): Promise<readonly string[]> {
  return (await rollout.events()).map(({ reason }) => reason);
}
