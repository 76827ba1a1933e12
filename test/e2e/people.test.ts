import { describe, expect, test } from "vitest";
import { eventually } from "../control-plane/eventually.ts";
import { conditionOf } from "../world/rollouts.ts";
import { eventReasons, expectReadable, sentenceOf } from "./sentences.ts";
import { useWorld } from "./shared.ts";

const world = useWorld();
/** Long enough to act in. */
const longHold = [{ weight: 20, hold: "60s" }];

describe("annotations", () => {
  test("an approval is waited for, and only the one that is asked for counts", async () => {
    const { rollout, edge } = await world.stableRollout("approval");
    await rollout.apply({
      version: "v2",
      steps: [{ weight: 20, hold: "1s", approval: true }],
      strategy: { retain: "1s" },
    });
    const waiting = await rollout.waitForState("AwaitingApproval");
    const { awaiting = "", release = "" } = waiting.status ?? {};
    expect(awaiting).toBe(`${release}/1`);
    expect(sentenceOf(waiting)).toContain(`modelrollout.dev/approve: ${awaiting}`);
    await rollout.annotate("approve", `${release}/2`);
    await rollout.waitFor(
      "the wrong approval was seen",
      ({ metadata }) => metadata.annotations?.["modelrollout.dev/approve"] === `${release}/2`,
    );
    expect(edge.raises("b").map(({ weights }) => weights.b)).toEqual([20]);
    await rollout.annotate("approve", awaiting);
    const done = await rollout.waitForReady();
    expect(done.status?.stable?.modelVersion).toBe("v2");
    expect(edge.raises("b").map(({ weights }) => weights.b)).toEqual([20, 100]);
    expectReadable(rollout);
  });

  test("promote goes to 100 % without the holds", async () => {
    const { rollout, edge } = await world.stableRollout("promote");
    await rollout.apply({ version: "v2", steps: [...longHold, { weight: 50, hold: "60s", approval: true }] });
    const holding = await rollout.waitForState("Holding");
    await rollout.annotate("promote", holding.status?.release ?? "");
    const done = await rollout.waitForReady();
    expect(done.status?.stable?.modelVersion).toBe("v2");
    expect(edge.raises("b").map(({ weights }) => weights.b)).toEqual([20, 100]);
  });

  test("abort takes it back at once, the revision stays failed, retry releases it again under a new name", async () => {
    const { rollout, edge } = await world.stableRollout("abort");
    await rollout.apply({ version: "v2", steps: longHold });
    const holding = await rollout.waitForState("Holding");
    const release = holding.status?.release ?? "";
    await rollout.annotate("abort", release);
    const back = await rollout.waitForState("RolledBack");
    expect(edge.weights().b).toBe(0);
    expect(back.status?.failedReason).toBe("Aborted");
    expect(back.status?.history?.[0]).toMatchObject({ release, outcome: "RolledBack", reason: "Aborted" });
    const told = await rollout.waitFor(
      "it says how to retry",
      (each) => conditionOf(each, "Stalled")?.message.includes("retry") === true,
    );
    expect(sentenceOf(told, "Stalled")).toContain(`modelrollout.dev/retry: ${release}`);
    await eventually("an event says so", async () => (await eventReasons(rollout)).includes("Aborted"));

    await rollout.annotate("retry", back.status?.failedRelease ?? "");
    const again = await rollout.waitForState("Holding");
    expect(again.status?.release).toBe(release.replace(/-1$/, "-2"));
    await rollout.annotate("abort", again.status?.release ?? "");
    await rollout.waitForState("RolledBack");
  });

  test("override-alarms releases a hot-fix over a burning stable; the alarm is recorded", async () => {
    const { rollout, edge } = await world.stableRollout("hotfix");
    edge.putManualAlarm("hotfix-5xx", "ALARM");
    await rollout.apply({ version: "v2", alarms: ["hotfix-5xx"], steps: [{ weight: 50, hold: "1s" }] });
    const blockedAt = await rollout.waitForCondition("Stalled", "True", "AlarmFiring");
    expect(blockedAt.message).toContain("override-alarms");
    await rollout.annotate("override-alarms", rollout.latest?.status?.release ?? "");
    const holding = await rollout.waitForState("Holding");
    expect(holding.status?.alarms?.[0]).toMatchObject({
      state: "ALARM",
      verdict: "Pass",
      reason: "AlarmOverridden",
    });
    const done = await rollout.waitForReady();
    expect(done.status?.stable?.modelVersion).toBe("v2");
  });

  test("one that names another release is ignored, with one event", async () => {
    const { rollout, edge } = await world.stableRollout("other-name");
    await rollout.apply({ version: "v2", steps: longHold });
    await rollout.waitForState("Holding");
    await rollout.annotate("abort", "0123456789-1");
    await rollout.waitFor("it was answered", ({ status }) => status?.lastHandled?.abort === "0123456789-1");
    expect(rollout.latest?.status?.state).toBe("Holding");
    expect(edge.weights().b).toBe(20);
    const ignored = async () =>
      (await rollout.events()).filter(({ reason }) => reason === "AnnotationIgnored");
    await eventually("an event says so", async () => (await ignored()).length > 0);
    expect(await ignored()).toMatchObject([{ message: expect.stringContaining("0123456789-1") as string }]);
  });
});

describe("spec.paused", () => {
  test("no step is taken, alarms still guard", async () => {
    const { rollout, edge } = await world.stableRollout("paused");
    edge.putManualAlarm("paused-5xx");
    const version = "v2";
    const steps = [{ weight: 20, hold: "1s" }];
    await rollout.apply({ version, steps, alarms: ["paused-5xx"], spec: { paused: true } });
    const still = await rollout.waitForCondition("Paused", "True", "PausedBySpec");
    expect(still.message).toMatch(/spec.paused/);
    expect(edge.raises("b")).toEqual([]);
    await rollout.apply({ version, steps: longHold, alarms: ["paused-5xx"] });
    await rollout.waitForState("Holding");
    await rollout.apply({ version, steps, alarms: ["paused-5xx"], spec: { paused: true } });
    await rollout.waitForCondition("Paused", "True", "PausedBySpec");
    expect(edge.weights().b).toBe(20);
    world.simulator.alarms.set("paused-5xx", "ALARM");
    await rollout.waitForState("RolledBack");
    expect(edge.weights().b).toBe(0);
  });
});

describe("a git revert", () => {
  test("in mid-release goes back to stable and is no failure", async () => {
    const { rollout, edge } = await world.stableRollout("revert-mid");
    await rollout.apply({ version: "v2", steps: longHold });
    await rollout.waitForState("Holding");
    await rollout.apply({});
    const back = await rollout.waitForReady();
    expect(edge.weights().b).toBe(0);
    expect(back.status?.failedRevision).toBeUndefined();
    expect(back.status?.history?.[0]).toMatchObject({ outcome: "RolledBack", reason: "Reverted" });
  });

  test("in retain is at once, without steps", async () => {
    const { rollout, edge } = await world.stableRollout("revert-retain");
    await rollout.apply({ version: "v2", steps: [{ weight: 100, hold: "0s" }], strategy: { retain: "60s" } });
    const promoted = await rollout.waitForReady();
    expect(promoted.status?.retained).toMatchObject({ slot: "a", modelVersion: "v1" });
    await rollout.apply({ steps: longHold, strategy: { retain: "60s" } });
    const back = await rollout.waitForReady();
    expect(edge.raises("a").map(({ weights }) => weights.a)).toEqual([100]);
    expect(back.status?.stable).toMatchObject({ slot: "a", modelVersion: "v1" });
  });

  test("while the alarm of the promoted version fires is not held up by it", async () => {
    const { rollout, edge } = await world.stableRollout("revert-alarm");
    edge.putErrorRateAlarm({ name: "revert-alarm-5xx" });
    world.servers.behave("v2-late", { errorRate: 0 });
    const strategy = { retain: "60s", drain: "1s" };
    const alarms = [{ name: "revert-alarm-5xx", onAlarm: "Record" as const }];
    const load = edge.startLoad();
    await rollout.apply({ version: "v2-late", alarms, steps: [{ weight: 100, hold: "0s" }], strategy });
    await rollout.waitForReady();
    world.servers.behave("v2-late", { errorRate: 0.5 });
    await rollout.waitFor("the alarm fires", ({ status }) => status?.alarms?.[0]?.state === "ALARM");
    await rollout.apply({ alarms, strategy });
    const back = await rollout.waitForReady();
    expect(back.status?.stable).toMatchObject({ slot: "a", modelVersion: "v1" });
    expect(edge.weights().b).toBe(0);
    await load.stop();
  });

  test("and an alarm that judges takes the promoted version back in retain by itself", async () => {
    const { rollout, edge } = await world.stableRollout("retain-alarm");
    edge.putErrorRateAlarm({ name: "retain-alarm-5xx" });
    const load = edge.startLoad();
    await rollout.apply({
      version: "v2-slow-poison",
      alarms: ["retain-alarm-5xx"],
      steps: [{ weight: 100, hold: "0s" }],
      strategy: { retain: "60s" },
    });
    await rollout.waitForReady();
    world.servers.behave("v2-slow-poison", { errorRate: 0.5 });
    const back = await rollout.waitForState("RolledBack");
    expect(back.status?.stable).toMatchObject({ slot: "a", modelVersion: "v1" });
    expect(back.status?.history?.[0]).toMatchObject({
      modelVersion: "v2-slow-poison",
      outcome: "RolledBack",
    });
    expect(edge.weights().b).toBe(0);
    await load.stop();
  });
});

describe("hands in the console", () => {
  /** To 50 %: a read of 0 % soon after the first raise may be an old one, after the second it is not. */
  const inSecondStep = async (name: string, hold: string) => {
    const made = await world.stableRollout(name);
    await made.rollout.apply({
      version: "v2",
      steps: [
        { weight: 20, hold: "0s" },
        { weight: 50, hold },
      ],
      strategy: { retain: "1s" },
    });
    await made.rollout.waitFor(
      "50 % is held",
      ({ status }) => status?.state === "Holding" && status.step?.index === 1,
    );
    return made;
  };

  test("a canary set to 0 stays there until a person approves", async () => {
    const { rollout, edge } = await inSecondStep("console-approve", "3s");
    edge.setWeights({ a: 100, b: 0 });
    const writes = edge.writes.length;
    const paused = await rollout.waitForState("Paused");
    expect(conditionOf(paused, "Paused")).toMatchObject({ status: "True", reason: "ForeignWeights" });
    expect(paused.status?.awaiting).toBe(`${paused.status?.release}/2.1`);
    expect(sentenceOf(paused)).toContain(paused.status?.awaiting);
    expect(edge.writes.length).toBe(writes);
    await rollout.annotate("approve", paused.status?.awaiting ?? "");
    const done = await rollout.waitForReady();
    expect(done.status?.stable?.modelVersion).toBe("v2");
    expect(edge.writes.slice(writes).map(({ weights }) => weights.b)).toEqual([50, 100]);
  });

  test("or aborts", async () => {
    const { rollout, edge } = await inSecondStep("console-abort", "60s");
    edge.setWeights({ a: 100, b: 0 });
    const writes = edge.writes.length;
    const paused = await rollout.waitForState("Paused");
    await rollout.annotate("abort", paused.status?.release ?? "");
    const back = await rollout.waitForState("RolledBack");
    expect(back.status?.failedReason).toBe("Aborted");
    expect(edge.writes.slice(writes).every(({ weights }) => weights.b === 0)).toBe(true);
  });

  test("a canary that is raised is put back three times, then it is Blocked with the numbers", async () => {
    const { rollout, edge } = await world.stableRollout("console-raise");
    await rollout.apply({ version: "v2", steps: longHold });
    await rollout.waitForState("Holding");
    const own = edge.writes.length;
    // Each time another share: one that we have just corrected may be an old read.
    for (const time of [1, 2, 3]) {
      edge.setWeights({ a: 30 - time, b: 70 + time });
      await rollout.waitFor(
        `repair ${time}`,
        ({ status }) =>
          status?.drift?.repairs.length === time && status.state === "Holding" && edge.weights().b === 20,
      );
    }
    expect(edge.writes.slice(own).map(({ weights }) => weights.b)).toEqual([20, 20, 20]);
    edge.setWeights({ a: 30, b: 70 });
    const found = await rollout.waitForCondition("Stalled", "True", "Drift");
    expect(found.message).toMatch(/a 30, b 70; 20 % on b was acknowledged/);
    expect(edge.writes.length).toBe(own + 3);
    edge.setWeights({ a: 80, b: 20 });
    await rollout.waitForState("Holding");
  });

  test("at rest a group that gets weight is put back as well", async () => {
    const { rollout, edge } = await world.stableRollout("console-rest");
    edge.setWeights({ a: 90, b: 10 });
    await rollout.waitFor(
      "it was put back",
      ({ status }) => status?.drift?.repairs.length === 1 && edge.weights().b === 0,
    );
    await rollout.waitForReady();
    await eventually("an event says so", async () => (await eventReasons(rollout)).includes("DriftRepaired"));
  });
});
