import { describe, expect, test } from "vitest";
import type { Action } from "../action.ts";
import type { Context } from "../context.ts";
import type { Decision } from "../stages/decision.ts";
import { laterSettingsFirst, ownSettingsFirst } from "./own-settings.ts";
import { braked } from "./posture.ts";

const own = {
  type: "RollingUpdate",
  maxUnavailable: 0,
  maxSurge: 1,
  minReadySeconds: 0,
  progressDeadlineSeconds: 600,
} as const;
const shape = (given: object = {}): Action => ({
  kind: "ShapeDeployment",
  uid: "u",
  template: "v7",
  settings: own,
  paused: false,
  mark: "released",
  release: "v8",
  ...given,
});
const store = { kind: "StoreRevision", revision: "v8" } as const;
const decided = (...actions: readonly Action[]): Decision => ({
  state: "RollingBack",
  reason: "Aborted",
  message: "",
  status: {},
  actions,
  watch: "active",
});

interface Given {
  readonly deployment?: object;
  readonly inPlace?: object;
  readonly stored?: readonly string[];
}

const seen = ({ deployment, inPlace, stored = ["v7", "v8"] }: Given = {}): Context =>
  ({
    observed: {
      storedRevisions: stored,
      inPlace: {
        id: "prod/sentiment",
        own,
        kept: [],
        deployment: { mark: "adopted", template: "v7", settings: own, ...deployment },
        ...inPlace,
      },
    },
  }) as unknown as Context;

describe("a way back that takes the place of the user's settings", () => {
  const before = (context: Context, ...actions: readonly Action[]) =>
    ownSettingsFirst(context, decided(...actions)).actions;

  test("stores them first", () => {
    expect(before(seen(), shape())).toEqual([store, shape()]);
  });

  test("not where they are stored, or ours stand already", () => {
    expect(before(seen({ inPlace: { kept: ["v8"] } }), shape())).toEqual([shape()]);
    expect(before(seen({ deployment: { mark: "released" } }), shape())).toEqual([shape()]);
    expect(before(seen({ deployment: { settings: braked("20%", 0) } }), shape())).toEqual([shape()]);
  });

  test("not of a Deployment of ours, nor where there is none, nor for a patch that begins no way back", () => {
    expect(before(seen({ inPlace: { owned: { taken: false, going: false } } }), shape())).toEqual([shape()]);
    expect(before(seen({ inPlace: { deployment: undefined } }), shape())).toEqual([shape()]);
    const rest = shape({ mark: "adopted", release: undefined });
    expect(before(seen(), rest)).toEqual([rest]);
    expect(ownSettingsFirst({ observed: {} } as Context, decided(shape())).actions).toEqual([shape()]);
    expect(ownSettingsFirst(seen(), { ...decided(), actions: undefined } as never).actions).toBeUndefined();
  });

  test("what was never stored and stands there no more is not waited for", () => {
    expect(before(seen({ stored: ["v7"] }), shape())).toEqual([shape()]);
    const standing = seen({ stored: ["v7"], deployment: { template: "v8" } });
    expect(before(standing, shape())).toEqual([store, shape()]);
  });
});

describe("settings that somebody wrote in mid-release", () => {
  const later = { settings: { ...own, maxSurge: 4 }, stored: false, standing: true };
  const after = (given: object | undefined, ...actions: readonly Action[]) =>
    laterSettingsFirst(seen({ inPlace: { later: given } }), decided(...actions));

  test("are stored with the release before ours are put back, once, and people are told", () => {
    const { actions, events } = after(later, store, shape());
    expect(actions).toEqual([store, shape()]);
    expect(events).toEqual([
      {
        type: "Normal",
        reason: "SettingsDeferred",
        action: "Defer",
        note: "strategy RollingUpdate (maxSurge 4, maxUnavailable 0), minReadySeconds 0 and progressDeadlineSeconds 600 of Deployment prod/sentiment were written in mid-release: they take effect at its end",
      },
    ]);
    const other = { kind: "StoreRevision", revision: "v9" } as const;
    expect(after(later, other, shape()).actions).toEqual([store, other, shape()]);
  });

  test("a strategy without limits is told without", () => {
    const { events } = after({ ...later, settings: { ...own, type: "Recreate" } }, shape());
    expect(events?.[0]?.note).toMatch(/^strategy Recreate, minReadySeconds 0 /);
  });

  test("events that were there stay", () => {
    const told = { type: "Warning", reason: "Aborted", action: "RollBack", note: "" } as const;
    const decision = { ...decided(shape()), events: [told] };
    const { events } = laterSettingsFirst(seen({ inPlace: { later } }), decision);
    expect(events?.map(({ reason }) => reason)).toEqual(["Aborted", "SettingsDeferred"]);
  });

  test("nothing is done where they are stored, where nobody wrote any, or where nothing is patched", () => {
    for (const given of [undefined, { ...later, stored: true }]) {
      expect(after(given, shape())).toEqual(decided(shape()));
    }
    expect(after(later)).toEqual(decided());
    expect(laterSettingsFirst({ observed: {} } as Context, decided(shape()))).toEqual(decided(shape()));
  });

  test("the end of a release writes them itself", () => {
    const end = shape({ mark: "adopted", release: undefined });
    expect(after(later, end)).toEqual(decided(end));
    expect(after(later, shape({ mark: "adopted" }))).toEqual(decided(shape({ mark: "adopted" })));
  });
});
