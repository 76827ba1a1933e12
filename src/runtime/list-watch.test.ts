import { describe, expect, test } from "vitest";
import { KubeError } from "./kube-error.ts";
import type { KubeList } from "./kube-object.ts";
import { initialState, type ListWatchInput, type ListWatchState, step } from "./list-watch.ts";

const object = (name: string, resourceVersion: string) => ({ metadata: { name, resourceVersion } });
const page = (names: readonly string[], metadata: KubeList["metadata"]): ListWatchInput => ({
  type: "page",
  page: { apiVersion: "v1", kind: "PodList", metadata, items: names.map((name) => object(name, "1")) },
});
const failed = (code: number | undefined, reason = "x", retryAfterMs?: number): ListWatchInput => ({
  type: "failed",
  error: new KubeError(reason, "", {
    ...(code === undefined ? {} : { code }),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  }),
});
const expired = failed(410, "Expired");
const added: ListWatchInput = { type: "event", event: { type: "ADDED", object: object("a", "8") } };
const waited: ListWatchInput = { type: "waited" };

/** The state after all these inputs. */
function after(...inputs: readonly ListWatchInput[]): ListWatchState {
  return inputs.reduce((state, input) => step(state, input).state, initialState);
}
const listed = page(["a"], { resourceVersion: "7" });

describe("listing", () => {
  test("hands over all pages as one, with the kind that lists leave out", () => {
    const first = step(initialState, page(["a"], { continue: "t" }));
    expect(first).toMatchObject({ state: { at: "listing", continue: "t" }, effect: { type: "none" } });
    const second = step(first.state, page(["b"], { resourceVersion: "7", continue: "" }));
    expect(second.state).toEqual({ at: "watching", failures: 0, version: "7" });
    expect(second.effect).toEqual({
      type: "replace",
      version: "7",
      items: [
        { apiVersion: "v1", kind: "Pod", ...object("a", "1") },
        { apiVersion: "v1", kind: "Pod", ...object("b", "1") },
      ],
    });
  });

  test("waits after any failure, longer each time, and begins again at the first page", () => {
    expect(after(failed(403))).toMatchObject({ at: "waiting", failures: 1, next: "list" });
    const state = after(page(["a"], { continue: "t" }), failed(500), waited, failed(undefined), waited);
    expect(state).toEqual({ at: "listing", failures: 2, paged: true, items: [] });
  });

  test("honours Retry-After", () => {
    expect(after(failed(429, "TooManyRequests", 9_000))).toMatchObject({ at: "waiting", atLeastMs: 9_000 });
  });

  test("is taken whole after a continue token expired, until it succeeds", () => {
    const state = after(page(["a"], { continue: "t" }), expired, waited, failed(500), waited);
    expect(state).toMatchObject({ at: "listing", paged: false, items: [] });
  });
});

describe("watching", () => {
  test("every event moves the version on", () => {
    const added8 = step(after(listed), added);
    expect(added8.state).toMatchObject({ version: "8" });
    expect(added8.effect).toMatchObject({ type: "upsert" });
    const deleted = step(added8.state, {
      type: "event",
      event: { type: "DELETED", object: object("a", "9") },
    });
    expect(deleted).toMatchObject({ state: { version: "9" }, effect: { type: "remove" } });
    const mark = { type: "BOOKMARK" as const, object: { metadata: { resourceVersion: "30" } } };
    expect(step(deleted.state, { type: "event", event: mark })).toEqual({
      state: { at: "watching", failures: 0, version: "30" },
      effect: { type: "advance", version: "30" },
    });
  });

  test.each([
    ["a cut", failed(undefined, "Unreachable")],
    ["a 500", failed(500)],
    ["a 429", failed(429)],
    ["an end too soon", { type: "ended", livedMs: 10 }],
  ] as const)("%s resumes from the last version after a wait", (_name, input) => {
    expect(after(listed, added, input)).toMatchObject({ at: "waiting", failures: 1 });
    expect(after(listed, added, input, waited)).toEqual({ at: "watching", failures: 1, version: "8" });
  });

  test("silence is followed by the next watch at once, however often", () => {
    const silent: ListWatchInput = { type: "silent" };
    expect(after(listed, added, silent, silent, silent)).toEqual({
      at: "watching",
      failures: 0,
      version: "8",
    });
  });

  test("a good end is followed by the next watch at once", () => {
    expect(after(listed, added, { type: "ended", livedMs: 300_000 })).toEqual({
      at: "watching",
      failures: 0,
      version: "8",
    });
  });

  test("an expired version is listed anew at once the first time, and ever later when it repeats", () => {
    expect(after(listed, expired)).toMatchObject({ at: "listing", failures: 1 });
    const again = after(listed, expired, listed, expired);
    expect(again).toMatchObject({ at: "waiting", failures: 2, next: "list" });
    expect(after(listed, expired, listed, expired, waited, listed, expired)).toMatchObject({
      at: "waiting",
      failures: 3,
    });
    expect(after(listed, expired, listed, added, expired)).toMatchObject({ at: "listing", failures: 1 });
  });

  test("a refused watch is listed anew, so is one whose server fails on and on; an absent server is not", () => {
    expect(after(listed, failed(404))).toMatchObject({ at: "waiting", next: "list" });
    const times = (input: ListWatchInput, count: number) =>
      Array.from({ length: count }, () => [input, waited]).flat();
    expect(after(listed, ...times(failed(504), 4), failed(504))).toMatchObject({ next: "list", failures: 5 });
    expect(after(listed, ...times(failed(undefined, "Unreachable"), 50))).toMatchObject({
      at: "watching",
      failures: 50,
    });
  });
});

test("an input that the state cannot have caused is a mistake", () => {
  expect(() => step(initialState, waited)).toThrow("waited while listing");
  expect(() => after(listed, waited)).toThrow("waited while watching");
  expect(() => after(failed(500), added)).toThrow("event while waiting");
});
