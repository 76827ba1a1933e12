import { expect } from "vitest";
import { eventually } from "../control-plane/eventually.ts";
import type { Edge } from "../world/edge.ts";
import type { Rollout } from "../world/rollouts.ts";
import type { Applied, TestWorld } from "./shared.ts";

/** A rollout that stands in the middle of something. */
export type Standing = {
  readonly rollout: Rollout;
  readonly edge: Edge;
  /** Lets go of it when AWS is back; then it must come to this end. */
  readonly goOn: () => Promise<void>;
  readonly end: "promoted" | "rolledBack";
  /** Weights that the canary's group may ever get, in order. */
  readonly raises: readonly number[];
};

const alarm = (name: string): string => `${name}-5xx`;
const nothing = async (): Promise<void> => undefined;

/** Rollouts each of which stands in another state, with nothing about to change. */
export async function inEachState(
  world: TestWorld,
  prefix: string,
): Promise<Readonly<Record<string, Standing>>> {
  const named = (state: string): string => `${prefix}-${state}`;
  const released = async (state: string, applied: Partial<Applied> = {}) => {
    const name = named(state);
    const made = await world.stableRollout(name);
    made.edge.putManualAlarm(alarm(name));
    await made.rollout.apply({
      version: "v2",
      alarms: [alarm(name)],
      steps: [{ weight: 50, hold: "0s", approval: true }],
      strategy: { retain: "1s", drain: "1s", stepTimeout: "1h" },
      ...applied,
    });
    return made;
  };
  const starting = async (): Promise<Standing> => {
    const made = await released("starting", {
      podAnnotations: { "modelrollout.dev/test-ready-delay": "6s" },
      steps: [{ weight: 50, hold: "0s" }],
    });
    await made.rollout.waitFor("its pods load", ({ status }) => status?.canary !== undefined);
    return { ...made, goOn: nothing, end: "promoted", raises: [50, 100] };
  };
  const holding = async (): Promise<Standing> => {
    const made = await released("holding", { steps: [{ weight: 50, hold: "3s" }] });
    await made.rollout.waitForState("Holding");
    return { ...made, goOn: nothing, end: "promoted", raises: [50, 100] };
  };
  const waiting = async (): Promise<Standing> => {
    const made = await released("waiting");
    const { rollout } = made;
    await rollout.waitForState("AwaitingApproval");
    return {
      ...made,
      goOn: async () => await rollout.annotate("approve", rollout.latest?.status?.awaiting ?? ""),
      end: "promoted",
      raises: [50, 100],
    };
  };
  const retaining = async (): Promise<Standing> => {
    const made = await released("retaining", {
      steps: [{ weight: 100, hold: "0s" }],
      strategy: { retain: "5s", drain: "1s" },
    });
    await made.rollout.waitFor("it is promoted", ({ status }) => status?.retained !== undefined);
    return { ...made, goOn: nothing, end: "promoted", raises: [100] };
  };
  const draining = async (): Promise<Standing> => {
    const made = await released("draining", { strategy: { drain: "5s", retain: "1s" } });
    await made.rollout.waitForState("AwaitingApproval");
    world.simulator.alarms.set(alarm(named("draining")), "ALARM");
    await eventually("the weights are back", () => made.edge.weights().b === 0);
    return { ...made, goOn: nothing, end: "rolledBack", raises: [50] };
  };
  const firing = async (): Promise<Standing> => {
    const made = await released("firing");
    await made.rollout.waitForState("AwaitingApproval");
    return { ...made, goOn: nothing, end: "rolledBack", raises: [50] };
  };
  const [one, two, three, four, five, six] = await Promise.all([
    starting(),
    holding(),
    waiting(),
    retaining(),
    draining(),
    firing(),
  ]);
  return { starting: one, holding: two, waiting: three, retaining: four, draining: five, firing: six };
}

/** Takes AWS away for so long in each state of a release at once; every release must still come to its end. */
export async function awsAway(world: TestWorld, ms: number): Promise<void> {
  const all = await inEachState(world, "away");
  await world.simulator.down();
  const since = performance.now();
  // One of them goes bad meanwhile: nobody can see it.
  world.simulator.alarms.set(alarm("away-firing"), "ALARM");
  await eventually("AWS has been away long enough", () => performance.now() - since > ms, {
    withinMs: 2 * ms,
    everyMs: 100,
  });
  for (const { rollout, edge, raises } of Object.values(all)) {
    expect(raises.join(), rollout.name).toContain(
      edge
        .raises("b")
        .map(({ weights }) => weights.b)
        .join(),
    );
  }
  await world.simulator.up();
  await comeToTheirEnds(all);
}

/** Every rollout comes to the end that it should, and no weight went up on the way that should not. */
export async function comeToTheirEnds(all: Readonly<Record<string, Standing>>): Promise<void> {
  for (const [state, { rollout, edge, goOn, end, raises }] of Object.entries(all)) {
    await goOn();
    if (end === "promoted") await rollout.waitForReady(90_000);
    else await rollout.waitForState("RolledBack", 90_000);
    const seen = edge.raises("b").map(({ weights }) => weights.b);
    expect(seen, state).toEqual(raises);
    expect(edge.weights().b === 0, state).toBe(end === "rolledBack");
  }
}
