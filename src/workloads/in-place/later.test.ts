import { describe, expect, test } from "vitest";
import { braked } from "../../core/in-place/posture.ts";
import { laterSettings, sameSettings, settingsNote } from "./later.ts";
import type { InPlaceDeployment } from "./objects.ts";
import { inPlaceRevisions } from "./revisions.ts";

const own = {
  type: "RollingUpdate",
  maxUnavailable: 0,
  maxSurge: 1,
  minReadySeconds: 0,
  progressDeadlineSeconds: 600,
};
const ours = braked("20%", 1);

/** In a release with our settings, over which somebody wrote `spec`. */
const deployment = (spec: object, note: string | undefined = settingsNote(ours)): InPlaceDeployment => ({
  metadata: {
    name: "x",
    labels: { "modelrollout.dev/adopted": "m", "modelrollout.dev/released": "r2" },
    annotations: note === undefined ? {} : { "modelrollout.dev/settings": note },
  },
  spec: {
    selector: {},
    template: { spec: { containers: [{ name: "server" }] } },
    minReadySeconds: ours.minReadySeconds,
    progressDeadlineSeconds: ours.progressDeadlineSeconds,
    strategy: { type: "RollingUpdate", rollingUpdate: { maxUnavailable: "20%", maxSurge: 1 } },
    ...spec,
  },
});
const surge = (maxSurge: number | string) => ({
  strategy: { type: "RollingUpdate", rollingUpdate: { maxUnavailable: "20%", maxSurge } },
});

describe("what somebody wrote over our settings", () => {
  test("is what differs from them, on top of the user's own", () => {
    expect(laterSettings(deployment({}), own, undefined)).toBeUndefined();
    expect(laterSettings(deployment({ minReadySeconds: 7 }), own, undefined)).toEqual({
      settings: { ...own, minReadySeconds: 7 },
      stored: false,
      standing: true,
    });
    expect(laterSettings(deployment(surge(4)), own, undefined)?.settings).toEqual({ ...own, maxSurge: 4 });
    expect(laterSettings(deployment({ progressDeadlineSeconds: 60 }), own, undefined)?.settings).toEqual({
      ...own,
      progressDeadlineSeconds: 60,
    });
  });

  test("stays what was asked for until something else is, field by field", () => {
    const noted = { ...own, minReadySeconds: 7 };
    expect(laterSettings(deployment({}), own, noted)).toEqual({
      settings: noted,
      stored: true,
      standing: false,
    });
    expect(laterSettings(deployment(surge(4)), own, noted)).toEqual({
      settings: { ...noted, maxSurge: 4 },
      stored: false,
      standing: true,
    });
    expect(laterSettings(deployment({ minReadySeconds: 7 }), own, noted)?.stored).toBe(true);
    expect(laterSettings(deployment({ minReadySeconds: 0 }), own, noted)?.stored).toBe(false);
  });

  test("is nothing new where it is the user's own of before", () => {
    const whole = {
      minReadySeconds: 0,
      progressDeadlineSeconds: 600,
      strategy: { type: "RollingUpdate", rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } },
    };
    expect(laterSettings(deployment(whole), own, undefined)).toEqual({
      settings: own,
      stored: true,
      standing: true,
    });
  });

  test("is not known without the note of what we wrote, and means nothing without a release", () => {
    const strange = { minReadySeconds: 7 };
    for (const note of ["", "no JSON", "null", "7", "{}"])
      expect(laterSettings(deployment(strange, note), own, undefined)).toBeUndefined();
    const { metadata, spec } = deployment(strange);
    const gone = { metadata: { ...metadata, annotations: {} }, spec };
    expect(laterSettings(gone, own, undefined)).toBeUndefined();
    const labels = { "modelrollout.dev/adopted": "m" };
    const rest = { metadata: { ...metadata, labels }, spec };
    expect(laterSettings(rest, own, { ...own, minReadySeconds: 7 })).toBeUndefined();
  });
});

test("settings are the same when all five are", () => {
  expect(sameSettings(own, { ...own })).toBe(true);
  expect(sameSettings(undefined, undefined)).toBe(true);
  expect(sameSettings(own, undefined)).toBe(false);
  expect(sameSettings(undefined, own)).toBe(false);
  for (const key of Object.keys(own)) expect(sameSettings(own, { ...own, [key]: "x" })).toBe(false);
});

test("a stored revision tells what was asked for in its release", () => {
  const template = { spec: { containers: [{ name: "server" }] } };
  const content = { template, settings: own, later: { ...own, maxSurge: 4 } };
  expect(inPlaceRevisions([{ revision: "r2", hashVersion: "1", content }])[0]?.later?.maxSurge).toBe(4);
  expect(
    inPlaceRevisions([{ revision: "r2", hashVersion: "1", content: { template } }])[0],
  ).not.toHaveProperty("later");
});
