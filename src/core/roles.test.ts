import { expect, test } from "vitest";
import type { Context } from "./context.ts";
import { counted, fullSize, needFor, stableDestination } from "./roles.ts";

const role = (given: object = {}) => ({
  revision: "v7",
  slot: "a" as const,
  replicas: 4,
  readyReplicas: 4,
  ...given,
});
const seen = (replicas: number, status: object, slots?: object, inPlace?: object): Context =>
  ({
    status,
    settings: { replicas, canaryReplicas: "Proportional" },
    observed: { ...(slots ? { slots } : {}), ...(inPlace ? { inPlace } : {}) },
  }) as unknown as Context;

test("at rest the spec's size counts, lower or higher", () => {
  expect(fullSize(seen(2, { stable: role() }))).toBe(2);
  expect(fullSize(seen(6, { stable: role() }))).toBe(6);
});

test("in a release and in retain a lower size is put off, a higher one counts at once", () => {
  const canary = role({ slot: "b", revision: "v8", replicas: 1 });
  expect(fullSize(seen(2, { stable: role(), canary }))).toBe(4);
  expect(fullSize(seen(6, { stable: role(), canary }))).toBe(6);
  expect(fullSize(seen(2, { stable: role(), canary: { ...canary, replicas: 5 } }))).toBe(5);
  expect(fullSize(seen(2, { stable: role(), retained: role({ slot: "b" }) }))).toBe(4);
});

test("pods of somebody else do not count, and a Deployment that is rolled has the size that it has", () => {
  const canary = role({ slot: "b", replicas: 1 });
  expect(fullSize(seen(2, { stable: role({ unmanaged: true }), canary }))).toBe(2);
  expect(fullSize(seen(2, { stable: role(), canary }, undefined, {}))).toBe(2);
});

test("a weight needs its share of the full size", () => {
  const canary = role({ slot: "b", replicas: 1 });
  expect(needFor(seen(2, { stable: role({ replicas: 10 }), canary }), 25)).toBe(3);
});

test("a rollback returns to where stable is", () => {
  expect(stableDestination({ stable: role({ slot: "b" }) })).toBe("b");
  expect(stableDestination({})).toBe("a");
});

test("pods are counted where the slot runs the role's own revision", () => {
  const slot = (given: object) => ({ a: { ready: 3, ...given }, b: { ready: 9 } });
  const own = { revision: "v7", replicas: 5 };
  const of = (slots: object | undefined, given: object = {}) =>
    counted(seen(4, {}, slots), role({ replicas: 2, readyReplicas: 2, ...given }));
  expect(of(slot({ deployment: own }))).toMatchObject({ replicas: 5, readyReplicas: 3 });
  expect(of(slot({ deployment: { ...own, revision: "v9" } }))).toMatchObject({
    replicas: 2,
    readyReplicas: 0,
  });
  expect(of(slot({}))).toMatchObject({ replicas: 2, readyReplicas: 0 });
  expect(of(undefined)).toMatchObject({ replicas: 2, readyReplicas: 2 });
});
