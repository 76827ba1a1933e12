import { expect, test } from "vitest";
import type { Context } from "../context.ts";
import { atRest, braked, isBraked, leave, take } from "./posture.ts";

const own = {
  type: "RollingUpdate",
  maxUnavailable: "25%",
  maxSurge: "25%",
  minReadySeconds: 0,
  progressDeadlineSeconds: 600,
} as const;
const deployment = {
  uid: "u",
  generation: 7,
  current: true,
  replicas: 4,
  paused: false,
  template: "v7",
  settings: own,
  mark: "adopted",
  holdsFields: false,
} as const;
const set = (revision: string, wanted: number) => ({ revision, wanted, pods: wanted, ready: wanted });

const seen = (given: object = {}, read: object = {}, status: object = { stable: { revision: "v7" } }) =>
  ({
    status,
    observed: {
      inPlace: {
        id: "prod/sentiment",
        deployment: { ...deployment, ...given },
        sets: [set("v7", 4)],
        own,
        kept: [],
        policies: "present",
        ...read,
      },
    },
  }) as unknown as Context;
const shape = { kind: "ShapeDeployment", uid: "u", generation: 7 };
const brake = braked("20%", 1);

test("what stands as it shall is not written", () => {
  expect(take(deployment, { paused: false, mark: "adopted" })).toEqual([]);
  expect(take(deployment, { paused: false, mark: "adopted", template: "v7", settings: own })).toEqual([]);
});

test.each([
  ["paused", { paused: true, mark: "adopted" }, { paused: true, mark: "adopted" }],
  ["the label", { paused: false, mark: "none" }, { paused: false, mark: "none" }],
  [
    "the template",
    { paused: false, mark: "adopted", template: "v8", settings: own },
    { paused: false, mark: "adopted", template: "v8" },
  ],
  [
    "the settings",
    { paused: false, mark: "adopted", template: "v7", settings: brake },
    { paused: false, mark: "adopted", settings: brake },
  ],
] as const)("one patch, with what differs and no more: %s", (_name, wanted, written) => {
  expect(take(deployment, wanted)).toEqual([{ ...shape, ...written }]);
});

test("a patch names the generation that it was planned on, unless it insists", () => {
  const [insisting] = take(deployment, { paused: true, mark: "adopted" }, true);
  expect(insisting).not.toHaveProperty("generation");
});

test("the brake is known by the time that no pod can be Ready for", () => {
  expect(isBraked({ ...deployment, settings: brake })).toBe(true);
  expect(isBraked(deployment)).toBe(false);
});

test("at rest nothing is written; without the policies it is paused once only the stable version runs", () => {
  expect(atRest(seen())).toEqual([]);
  expect(atRest(seen({}, { policies: "absent" }))).toEqual([{ ...shape, paused: true, mark: "adopted" }]);
  expect(atRest(seen({ paused: true }, { policies: "absent" }))).toEqual([]);
  expect(atRest(seen({ paused: true }))).toEqual([{ ...shape, paused: false, mark: "adopted" }]);
  const rolling = { policies: "absent", sets: [set("v7", 3), set("v6", 1)] };
  expect(atRest(seen({}, rolling))).toEqual([]);
  expect(atRest(seen({}, { policies: "absent", sets: [] }))).toEqual([]);
});

test("a template that shall not run stands paused, whatever the policies", () => {
  expect(atRest(seen({ template: "v8" }))).toEqual([{ ...shape, paused: true, mark: "adopted" }]);
});

test("at rest the user's own settings come back where ours stand, whoever took the label away", () => {
  const back = { paused: false, mark: "adopted", settings: own };
  expect(atRest(seen({ mark: "released", settings: brake }))).toEqual([{ ...shape, ...back }]);
  expect(atRest(seen({ mark: "none", settings: brake }))).toEqual([{ ...shape, ...back }]);
  const theirs = { ...own, maxSurge: 3 };
  expect(atRest(seen({ settings: theirs }))).toEqual([]);
  expect(atRest(seen({ mark: "released", settings: theirs }))).toEqual([{ ...shape, ...back }]);
});

test("what was asked for in the release comes in place of the user's own of before", () => {
  const settings = { ...own, maxSurge: 3 };
  const later = { later: { settings, stored: true, standing: false } };
  const released = { mark: "released", settings: brake };
  expect(atRest(seen(released, later))).toEqual([{ ...shape, paused: false, mark: "adopted", settings }]);
  expect(leave(seen(released, later))).toEqual([{ ...shape, paused: false, mark: "none", settings }]);
});

test("our entry in managedFields goes last", () => {
  expect(atRest(seen({ holdsFields: true }))).toEqual([{ kind: "DisownFields" }]);
  expect(atRest(seen({ holdsFields: true, paused: true }))).toHaveLength(1);
  expect(leave(seen({ holdsFields: true, mark: "none" }))).toEqual([{ kind: "DisownFields" }]);
});

test("on the way out: the stable template, the user's own settings, not paused, no label", () => {
  expect(leave(seen({ mark: "none" }))).toEqual([]);
  expect(leave(seen({ template: "v8", mark: "released", settings: brake, paused: true }))).toEqual([
    { ...shape, template: "v7", settings: own, paused: false, mark: "none" },
  ]);
  expect(leave(seen({ template: "v8" }, {}, {}))).toEqual([]);
});

test("nothing is written where there is no Deployment", () => {
  const none = { observed: {}, status: { stable: { revision: "v7" } } } as unknown as Context;
  expect(atRest(none)).toEqual([]);
  expect(leave(none)).toEqual([]);
});
