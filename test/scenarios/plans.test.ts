import { describe, expect, test } from "vitest";
import { annotations } from "../../src/api/group.ts";
import type { ModelRollout } from "../../src/api/types.ts";
import { drivenTraffic } from "../../src/core/driven-traffic.ts";
import type { Observed, TakenBack } from "../../src/core/observed.ts";
import { plan } from "../../src/core/plan.ts";
import { standing } from "./standing.ts";

/** Single plans about what the stories' world cannot have: several regions, odd annotations, reads without fields. */
const raises = ({ actions }: ReturnType<typeof plan>) =>
  actions.some((action) => action.kind === "SetWeights" && action.purpose === "raise");

const annotated = (rollout: ModelRollout, given: Readonly<Record<string, string>>): ModelRollout => ({
  ...rollout,
  metadata: { ...rollout.metadata, annotations: given },
});

/** The first hold is over, and everything was read a moment ago: the next step would be taken. */
const aboutToRaise = () =>
  standing(["edit steps 10:1m 50:1m 100:1m", "given holding v7 v8", "pods b scale 4", "wait 50s"]);

test("an alarm is judged in its own region: a namesake elsewhere says nothing", () => {
  const { rollout, observed } = aboutToRaise();
  const elsewhere = (region: string): Observed => ({
    ...observed,
    alarms: observed.alarms.map((read) => ({ ...read, region })),
  });
  const spec = { ...rollout.spec, analysis: { alarms: [{ name: "5xx", region: "eu-west-1" }] } };
  const asked = (region: string) => plan({ ...rollout, spec }, elsewhere(region));
  const reason = (region: string) => asked(region).status.alarms?.[0]?.reason;
  expect(reason("us-east-1")).toBe("AlarmUnread");
  expect(reason("eu-west-1")).not.toBe("AlarmUnread");
});

test.each([[""], ["  "]])("an annotation of %j asks for nothing, and is not worth an event", (value) => {
  const { rollout, observed } = standing(["given stable v7"]);
  const given = Object.fromEntries(
    [annotations.abort, annotations.promote, annotations.retry].map((key) => [key, value]),
  );
  const planned = plan(annotated(rollout, given), observed);
  expect(planned.events).toEqual([]);
  expect(planned.status).not.toHaveProperty("lastHandled");
});

test("an annotation counts without the blanks around it", () => {
  const { rollout, observed } = standing(["given holding v7 v8"]);
  const planned = plan(annotated(rollout, { [annotations.abort]: " v8-1\n" }), observed);
  expect(planned.status.rollback).toMatchObject({ reason: "Aborted" });
});

test("what is kept on deletion is asked for with the word true and no other", () => {
  const { rollout, observed } = standing(["given stable v7"]);
  const deleted = {
    ...rollout,
    metadata: { ...rollout.metadata, deletionTimestamp: "2026-01-05T10:03:00Z" },
  };
  const kinds = (keep: string) =>
    plan(annotated(deleted, { [annotations.keep]: keep }), observed).actions.map(({ kind }) => kind);
  expect(kinds("true")).toEqual(["RemoveFinalizer"]);
  expect(kinds("yes")).not.toContain("RemoveFinalizer");
});

test("nothing is raised on a router that was never read, whatever the alarms say", () => {
  const { rollout, observed } = aboutToRaise();
  const { router: _router, ...blind } = observed;
  expect(raises(plan(rollout, blind))).toBe(false);
});

test("what a release drives stays what it was when the spec's traffic is edited, to the end of its retain", () => {
  const edited = (commands: readonly string[]) => {
    const { rollout, observed } = standing(commands);
    const traffic = structuredClone(rollout.spec.traffic);
    const other = { ...traffic, alb: { ...traffic.alb!, rules: [{ arn: "another" }] } };
    return plan({ ...rollout, spec: { ...rollout.spec, traffic: other } }, observed).status.traffic?.rules;
  };
  expect(edited(["given holding v7 v8"])).not.toEqual(["another"]);
  expect(edited(["given retained v7 v8"])).not.toEqual(["another"]);
  expect(edited(["given stable v7"])).toEqual(["another"]);
});

test("a release drives what it was judged on, not what the spec named in the plan before its start", () => {
  const { rollout, observed } = standing(["given no-workload a", "apply v7", "wait 1m"]);
  const { analysis: _none, ...spec } = { ...rollout.spec, destination: "b" };
  const traffic = { rules: ["somebody else's"], a: "their-live-group", b: "their-spare-group" };
  const planned = plan(
    { ...rollout, spec, status: { ...rollout.status!, traffic } },
    { ...observed, wanted: { ...observed.wanted, revision: "b.v7", destination: "b" } },
  );
  expect(planned.status.canary).toBeDefined();
  expect(planned.status.traffic).toEqual(drivenTraffic(spec.traffic, observed.defaultRegion));
});

test("a release starts on no read that only compared weights: whose the rule is comes first", () => {
  const { rollout, observed } = standing(["given no-workload a", "apply v7", "wait 1m"]);
  const { analysis: _none, ...spec } = { ...rollout.spec, destination: "b" };
  const wanted = { ...observed.wanted, revision: "b.v7", destination: "b" } as const;
  const targets = observed.router!.targets.map((target) => ({ ...target, unguarded: true as const }));
  const asking = plan(
    { ...rollout, spec },
    { ...observed, wanted, router: { ...observed.router!, targets } },
  );
  expect(asking.status.canary).toBeUndefined();
  expect(asking.watch.traffic).toBe("active");
  expect(asking.requeueAfter).toBe(0);
  const told = plan({ ...rollout, spec, status: asking.status }, { ...observed, wanted });
  expect(told.status.canary).toBeDefined();
});

test("namesakes in two regions are kept apart: each is compared with its own past", () => {
  const { rollout, observed } = standing(["given holding v7 v8"]);
  const [here] = rollout.status?.alarms ?? [];
  const [read] = observed.alarms;
  const transitionedAt = "2026-01-05T08:00:00.000Z";
  const there = { ...here!, region: "eu-west-1", baseline: transitionedAt, since: transitionedAt };
  const analysis = { alarms: [{ name: "5xx" }, { name: "5xx", region: "eu-west-1" }] };
  const planned = plan(
    {
      ...rollout,
      spec: { ...rollout.spec, analysis },
      status: { ...rollout.status!, alarms: [here!, there] },
    },
    { ...observed, alarms: [read!, { ...read!, region: "eu-west-1", transitionedAt }] },
  );
  expect(planned.status.state).toBe("Holding");
  expect(planned.status.alarms?.map(({ region, verdict, baseline }) => [region, verdict, baseline])).toEqual([
    ["us-east-1", "Pass", here?.baseline],
    ["eu-west-1", "Pass", transitionedAt],
  ]);
  expect(planned.requeueAfter).not.toBe(0);
});

test("a spec that today's rules refuse: nothing goes forward, and a canary is taken back", () => {
  const broken = (commands: readonly string[]) => {
    const { rollout, observed } = standing(commands);
    const strategy = { steps: [{ weight: 50, hold: "nonsense" }] };
    return plan({ ...rollout, spec: { ...rollout.spec, strategy } }, observed);
  };
  const idle = broken(["given stable v7"]);
  expect(idle.status.state).toBe("Blocked");
  expect(idle.status.conditions?.find(({ type }) => type === "Stalled")).toMatchObject({
    status: "True",
    reason: "SpecInvalid",
  });
  expect(idle.watch).toEqual({ alarms: false, traffic: "idle", health: false });
  expect(idle.actions).toEqual([]);
  const released = broken(["given holding v7 v8"]);
  expect(released.status.rollback).toMatchObject({ reason: "SpecInvalid" });
  expect(released.actions[0]).toMatchObject({ kind: "SetWeights", weights: { a: 100, b: 0 } });
});

test("a spec that today's rules refuse in retain: its alarms still take the promoted version back", () => {
  const { rollout, observed } = standing(["given retained v7 v8"]);
  const strategy = { steps: [{ weight: 50, hold: "nonsense" }] };
  const broken = { ...rollout, spec: { ...rollout.spec, strategy } };
  const calm = plan(broken, observed);
  expect(calm.status).toMatchObject({ state: "Blocked" });
  expect(calm.watch).toMatchObject({ alarms: true, traffic: "active" });
  expect(calm.actions).toEqual([]);
  const alarms = observed.alarms.map((read) => ({ ...read, state: "ALARM" as const }));
  const back = plan(broken, { ...observed, alarms });
  expect(back.status.rollback).toMatchObject({ reason: "AlarmFiring" });
  expect(back.actions[0]).toMatchObject({ kind: "SetWeights", weights: { a: 100, b: 0 } });
});

describe("in place, a way back whose status was never stored", () => {
  const { rollout, observed } = standing(["given held v7 v8 4"]);
  const { inPlace } = observed;
  const release = rollout.status!.release!;
  /** The stable template stands there again, and the alarm is not read. */
  const found = (takenBack?: TakenBack) => {
    const deployment = { ...inPlace!.deployment!, template: "v7", ...(takenBack ? { takenBack } : {}) };
    const wanted = { ...observed.wanted, revision: "v7" };
    return plan(rollout, { ...observed, wanted, alarms: [], inPlace: { ...inPlace!, deployment } });
  };
  test("is known by the note on the Deployment, and its revision is marked as failed in the end", () => {
    expect(found({ release, reason: "AlarmFiring" }).status.rollback).toMatchObject({
      reason: "AlarmFiring",
    });
  });
  test("what was asked for meanwhile still comes after it", () => {
    const { status } = found({ release, reason: "Superseded", next: "v9" });
    expect(status).toMatchObject({ rollback: { reason: "Superseded" }, next: "v9" });
  });
  test("without the note, or with that of another release, somebody has put the stable version back", () => {
    expect(found().status.rollback).toMatchObject({ reason: "Reverted" });
    expect(found({ release: "v6-1", reason: "AlarmFiring", next: "v9" }).status).toMatchObject({
      rollback: { reason: "Reverted" },
    });
    expect(found({ release: "v6-1", reason: "AlarmFiring", next: "v9" }).status.next).toBeUndefined();
  });
});

test("a finalizer that somebody removed in mid-release comes back beside whatever is decided", () => {
  const { rollout, observed } = standing(["given holding v7 v8"]);
  const bare = { ...rollout, metadata: { ...rollout.metadata, finalizers: [] } };
  expect(plan(bare, observed).actions.map(({ kind }) => kind)).toContain("AddFinalizer");
  expect(plan(rollout, observed).actions.map(({ kind }) => kind)).not.toContain("AddFinalizer");
  const alarms = observed.alarms.map((read) => ({ ...read, state: "ALARM" as const }));
  expect(plan(bare, { ...observed, alarms }).actions.map(({ kind }) => kind)).toEqual([
    "SetWeights",
    "AddFinalizer",
  ]);
  const deleted = { ...bare, metadata: { ...bare.metadata, deletionTimestamp: "2026-01-05T10:04:00Z" } };
  expect(plan(deleted, observed).actions).toEqual([]);
});

test("a pause whose approval has lost its name is approved by nobody", () => {
  const { rollout, observed } = standing(["given holding v7 v8", "weights a 100 b 0", "wait 10s"]);
  const { approval: _lost, ...pause } = rollout.status?.pause ?? {};
  const status = { ...rollout.status!, pause: pause as never };
  const planned = plan({ ...rollout, status }, observed);
  expect(planned.status.state).toBe("Paused");
  expect(planned.actions).toEqual([]);
});

test("a release that is taken back before anything was raised waits for no capacity of stable", () => {
  const { rollout, observed } = standing(["given stable v7", "apply v8", "wait 30s"]);
  expect(rollout.status?.weight?.acknowledged).toBe(0);
  const aborted = annotated(rollout, { [annotations.abort]: "v8-1" });
  const none = { at: observed.now, registered: [], healthy: [] };
  const some = { at: observed.now, registered: ["10.0.2.1"], healthy: ["10.0.2.1"] };
  const { router, ...blind } = { ...observed, health: { a: none, b: some } };
  const reason = (given: Observed) =>
    plan(aborted, given).status.conditions?.find(({ type }) => type === "Ready")?.reason;
  expect(router).toBeDefined();
  expect(reason(blind)).toBe("Aborted");
  expect(reason({ ...blind, ...(router ? { router } : {}) })).not.toBe("NoStableCapacity");
});
