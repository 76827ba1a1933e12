import { describe, expect, test } from "vitest";
import { type SceneName, scene, sceneNames } from "../../../test/cli/scenes.ts";
import type { ModelRollout } from "../../api/types.ts";
import { type Act, act, type Verb, verbs } from "./act.ts";
import { situationOf } from "./situation.ts";

/** Of v9, which every scene but the first is about. */
const v9 = scene("holding").rollout.status?.canary?.revision ?? "";
const annotation = (verb: string, value: string) => ({
  metadata: { annotations: { [`modelrollout.dev/${verb}`]: value } },
});

/** Verbs that change something, and with which patch, in each scene. `pause` is possible in all others. */
const possible: Readonly<Record<SceneName, Readonly<Partial<Record<Verb, object>>>>> = {
  unseen: {},
  first: {},
  idle: {},
  "idle-without-pods": {},
  retained: {
    abort: annotation("abort", `${v9}-1`),
    "override-alarms": annotation("override-alarms", `${v9}-1`),
  },
  starting: underWay(),
  shifting: underWay(),
  holding: underWay(),
  "awaiting-approval": { ...underWay(), approve: annotation("approve", `${v9}-1/2`) },
  "paused-by-spec": { ...underWay(), resume: { spec: { paused: false } } },
  "paused-before-the-start": { ...underWay(), resume: { spec: { paused: false } } },
  "paused-by-an-alarm": { ...underWay(), approve: annotation("approve", `${v9}-1/1.1`) },
  "paused-by-foreign-weights": { ...underWay(), approve: annotation("approve", `${v9}-1/1.1`) },
  promoting: {
    abort: annotation("abort", `${v9}-1`),
    "override-alarms": annotation("override-alarms", `${v9}-1`),
  },
  "rolling-back": {},
  superseded: {},
  "rolled-back": { retry: annotation("retry", `${v9}-1`) },
  retried: {},
  "blocked-by-an-alarm": underWay(),
  "blocked-by-a-rival": { retry: annotation("retry", `${v9}-1`) },
  unsupported: {},
  "unsupported-under-way": {},
  "blocked-at-rest": {},
  "deleted-while-awaiting": {},
  deleting: {},
  stale: {},
};

function underWay(release = `${v9}-1`): Readonly<Partial<Record<Verb, object>>> {
  return {
    promote: annotation("promote", release),
    abort: annotation("abort", release),
    "override-alarms": annotation("override-alarms", release),
  };
}

describe("what each verb comes to, in every situation", () => {
  test.each(sceneNames)("%s", (name) => {
    const { rollout } = scene(name);
    const acts = Object.fromEntries(verbs.map((verb) => [verb, act(verb, rollout)])) as Record<Verb, Act>;
    const patches = Object.fromEntries(
      Object.entries(acts).flatMap(([verb, decided]) =>
        decided.kind === "patch" ? [[verb, decided.patch]] : [],
      ),
    );
    const pause = rollout.spec.paused === true ? {} : { pause: { spec: { paused: true } } };
    expect(patches).toEqual({ ...possible[name], ...pause });
    for (const decided of Object.values(acts)) {
      const text = decided.kind === "refused" ? decided.message : decided.said;
      expect(text).not.toMatch(/undefined|\[object/);
    }
  });
});

describe("refusals say what is the case, and what to do", () => {
  /** With `<message>` for the operator's own words. */
  const refusal = (verb: Verb, name: SceneName) => {
    const { rollout } = scene(name);
    const decided = act(verb, rollout);
    const own = rollout.status?.conditions?.find(({ type }) => type === "Ready")?.message ?? "none";
    return decided.kind === "refused"
      ? [decided.message.replace(own, "<message>"), ...decided.hints]
      : [`not refused: ${decided.said}`];
  };
  const unseen = "The operator has not seen the latest change of the spec yet.";

  test.each<[Verb, SceneName, string[]]>([
    ["approve", "holding", ["nothing waits for an approval: Holding, <message>"]],
    [
      "approve",
      "paused-by-spec",
      ["nothing waits for an approval, but spec.paused is true", "resume goes on with the steps."],
    ],
    ["approve", "unseen", ["nothing waits for an approval: no operator has looked at it yet", unseen]],
    ["approve", "idle", ["nothing waits for an approval: nothing is being released (<message>)"]],
    [
      "promote",
      "rolled-back",
      [
        "there is nothing to promote: RolledBack, <message>",
        "retry releases the failed revision again; a change of the spec releases another one.",
      ],
    ],
    ["promote", "stale", ["there is nothing to promote: nothing is being released (<message>)", unseen]],
    [
      "abort",
      "first",
      [
        "there is nothing to abort: Starting, <message>",
        "The first revision has no steps and nothing to go back to: change the spec, or delete the ModelRollout.",
      ],
    ],
    ["abort", "deleting", ["there is nothing to abort: it is being deleted"]],
    [
      "abort",
      "blocked-by-a-rival",
      [
        "there is nothing to abort: Blocked, <message>",
        "retry takes the rule over once the other ModelRollout lets it go.",
      ],
    ],
    [
      "retry",
      "blocked-by-an-alarm",
      [
        "there is nothing to retry: Blocked, <message>",
        "It goes on by itself as soon as that is put right; retry is not needed.",
      ],
    ],
    [
      "resume",
      "awaiting-approval",
      ["it is not spec.paused that it waits for: AwaitingApproval, <message>", "approve lets it go on."],
    ],
    [
      "override-alarms",
      "idle",
      ["there is no release to override alarms for: nothing is being released (<message>)"],
    ],
  ])("%s, %s", (verb, name, expected) => {
    expect(refusal(verb, name)).toEqual(expected);
  });
});

test("what was said already is not said again", () => {
  expect(act("retry", scene("retried").rollout)).toEqual({
    kind: "done",
    said: `modelrollout.dev/retry is ${v9}-1 already`,
  });
  expect(act("pause", scene("paused-by-spec").rollout)).toEqual({
    kind: "done",
    said: "spec.paused is true already",
  });
  expect(act("resume", scene("holding").rollout)).toEqual({
    kind: "done",
    said: "spec.paused is false already",
  });
});

describe("hints beside a patch", () => {
  const hints = (verb: Verb, rollout: ModelRollout) => {
    const decided = act(verb, rollout);
    return decided.kind === "patch" ? decided.hints : [];
  };
  const managed = (metadata: object) => {
    const { rollout } = scene("holding");
    return { ...rollout, metadata: { ...rollout.metadata, ...metadata } };
  };

  test("a GitOps tool puts spec.paused back, and leaves annotations alone", () => {
    const argo = managed({ annotations: { "argocd.argoproj.io/tracking-id": "x" } });
    expect(hints("pause", argo)[0]).toMatch(/^Argo CD manages this object/);
    expect(hints("abort", argo)).toEqual([]);
    const flux = managed({ labels: { "kustomize.toolkit.fluxcd.io/name": "x" } });
    expect(hints("pause", flux)[0]).toMatch(/^Flux manages this object/);
    expect(hints("pause", managed({}))).toEqual([]);
  });

  test("an alarm that still fires comes first", () => {
    expect(hints("approve", scene("paused-by-an-alarm").rollout)).toEqual([
      "It goes on once the alarm is quiet.",
    ]);
    expect(hints("approve", scene("awaiting-approval").rollout)).toEqual([]);
  });
});

test("a release that is in no history any more is not under way at rest", () => {
  const { rollout } = scene("idle");
  const forgotten = { ...rollout, status: { ...rollout.status, history: [] } };
  expect(situationOf(forgotten)).toBe("idle");
  expect(act("promote", forgotten).kind).toBe("refused");
});

test("nothing stumbles over a status with nothing, or odd things, in it", () => {
  const { rollout } = scene("holding");
  for (const status of [
    {},
    { state: "Holding" },
    { state: "Mirroring", release: "x-1" },
    { state: "Idle", history: [] },
  ]) {
    const odd = { ...rollout, status } as ModelRollout;
    for (const verb of verbs) expect(["patch", "done", "refused"]).toContain(act(verb, odd).kind);
    expect(situationOf(odd)).toBeTypeOf("string");
  }
});
