import { expect, test } from "vitest";
import { braked } from "../../core/in-place/posture.ts";
import { settingsNote } from "./later.ts";
import { shapePatch } from "./patch.ts";

const shape = { kind: "ShapeDeployment", uid: "u1", paused: false, mark: "adopted" } as const;
const note = "/metadata/annotations/modelrollout.dev~1settings";
const template = { spec: { containers: [{ name: "server" }] } };

test("a patch names the object and the spec it was made for, and touches nothing it was not asked for", () => {
  expect(shapePatch({ ...shape, generation: 7 }, "sentiment", { labels: { app: "x" } }, undefined)).toEqual([
    { op: "test", path: "/metadata/uid", value: "u1" },
    { op: "test", path: "/metadata/generation", value: 7 },
    { op: "add", path: "/spec/paused", value: false },
    { op: "add", path: "/metadata/labels/modelrollout.dev~1adopted", value: "sentiment" },
  ]);
});

test("a template is replaced as a whole, with the settings, in the same patch", () => {
  const settings = {
    type: "RollingUpdate",
    maxUnavailable: "20%",
    maxSurge: 1,
    minReadySeconds: 5,
    progressDeadlineSeconds: 600,
  };
  const patch = shapePatch(
    { ...shape, mark: "released", release: "r2", template: "r2", settings },
    "sentiment",
    { labels: { "modelrollout.dev/adopted": "sentiment" } },
    template,
  );
  expect(patch).toEqual([
    { op: "test", path: "/metadata/uid", value: "u1" },
    { op: "replace", path: "/spec/template", value: template },
    {
      op: "add",
      path: "/spec/strategy",
      value: { type: "RollingUpdate", rollingUpdate: { maxSurge: 1, maxUnavailable: "20%" } },
    },
    { op: "add", path: "/spec/minReadySeconds", value: 5 },
    { op: "add", path: "/spec/progressDeadlineSeconds", value: 600 },
    { op: "add", path: "/spec/paused", value: false },
    { op: "add", path: "/metadata/labels/modelrollout.dev~1released", value: "r2" },
    { op: "add", path: "/metadata/annotations", value: {} },
    { op: "add", path: note, value: settingsNote(settings) },
  ]);
});

test("settings of a release are noted with it, and the note goes with the release", () => {
  const annotations = { "modelrollout.dev/settings": "{}" };
  const patched = (changes: object, found: Readonly<Record<string, string>> = annotations) =>
    shapePatch({ ...shape, ...changes }, "sentiment", { labels: {}, annotations: found }, undefined);
  const settings = braked("20%", 0);
  const told = { op: "add", path: note, value: settingsNote(settings) };
  expect(patched({ mark: "released", release: "r2", settings }, {})).toContainEqual(told);
  expect(patched({ mark: "released", release: "r2", settings }, {})).not.toContainEqual(
    expect.objectContaining({ path: "/metadata/annotations" }),
  );
  expect(patched({ mark: "released", release: "r2" }).some(({ path }) => path === note)).toBe(false);
  expect(patched({ mark: "adopted", settings })).toContainEqual({ op: "remove", path: note });
  expect(patched({ mark: "none" })).toContainEqual({ op: "remove", path: note });
  expect(patched({ mark: "none" }, {}).some(({ path }) => path === note)).toBe(false);
});

test("a way back is noted for what it is, and the note goes with the next move, or the release", () => {
  const path = "/metadata/annotations/modelrollout.dev~1taken-back";
  const value = "r2-1 AlarmFiring";
  const patched = (changes: object, found?: Readonly<Record<string, string>>) =>
    shapePatch(
      { ...shape, release: "r2", mark: "released", ...changes },
      "sentiment",
      { labels: {}, ...(found ? { annotations: found } : {}) },
      undefined,
    ).filter((operation) => operation.path.startsWith("/metadata/annotations"));
  const back = { release: "r2-1", reason: "AlarmFiring" };
  const standing = { "modelrollout.dev/taken-back": value };
  expect(patched({ back })).toEqual([
    { op: "add", path: "/metadata/annotations", value: {} },
    { op: "add", path, value },
  ]);
  expect(patched({ back }, standing)).toEqual([]);
  expect(patched({}, standing)).toEqual([{ op: "remove", path }]);
  expect(patched({ mark: "adopted", back }, standing)).toEqual([{ op: "remove", path }]);
});

test("the label of a release goes with each of its patches, for one may arrive when the release is over", () => {
  const standing = { "modelrollout.dev/adopted": "sentiment", "modelrollout.dev/released": "r2" };
  const labelled = (changes: object) =>
    shapePatch(
      { ...shape, ...changes },
      "sentiment",
      { labels: standing, annotations: {} },
      undefined,
    ).filter((operation) => operation.path.startsWith("/metadata/labels"));
  const path = "/metadata/labels/modelrollout.dev~1released";
  expect(labelled({ mark: "released", release: "r2" })).toEqual([{ op: "add", path, value: "r2" }]);
  expect(labelled({ mark: "adopted" })).toEqual([{ op: "remove", path }]);
});

test("a strategy that is not a rolling update is put back without limits of one", () => {
  const settings = {
    type: "Recreate",
    maxUnavailable: "25%",
    maxSurge: "25%",
    minReadySeconds: 0,
    progressDeadlineSeconds: 600,
  };
  expect(shapePatch({ ...shape, settings }, "sentiment", {}, undefined)[1]).toEqual({
    op: "add",
    path: "/spec/strategy",
    value: { type: "Recreate" },
  });
});

test("leaving takes our labels off and no other; an object without labels gets them", () => {
  const found = { app: "x", "modelrollout.dev/adopted": "sentiment", "modelrollout.dev/released": "r2" };
  expect(shapePatch({ ...shape, mark: "none" }, "sentiment", { labels: found }, undefined).slice(2)).toEqual([
    { op: "remove", path: "/metadata/labels/modelrollout.dev~1adopted" },
    { op: "remove", path: "/metadata/labels/modelrollout.dev~1released" },
  ]);
  expect(shapePatch(shape, "sentiment", undefined, undefined).slice(2)).toEqual([
    { op: "add", path: "/metadata/labels", value: {} },
    { op: "add", path: "/metadata/labels/modelrollout.dev~1adopted", value: "sentiment" },
  ]);
});
