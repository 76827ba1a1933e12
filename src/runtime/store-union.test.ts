import { expect, test } from "vitest";
import { Store } from "./store.ts";
import { unionOf } from "./store-union.ts";

test("several stores read as one", () => {
  const stores = ["a", "b"].map((namespace) => {
    const store = new Store({ indexes: { kind: ({ kind = "" }) => [kind] } });
    store.replace([{ kind: "Pod", metadata: { namespace, name: "x", resourceVersion: "1" } }], "1");
    return store;
  });
  const union = unionOf(stores);
  expect(union.size).toBe(2);
  expect(union.list().map(({ metadata }) => metadata.namespace)).toEqual(["a", "b"]);
  expect(union.get("b/x")?.metadata.namespace).toBe("b");
  expect(union.get("c/x")).toBeUndefined();
  expect(union.byIndex("kind", "Pod")).toHaveLength(2);
  expect(() => union.byIndex("none", "")).toThrow("no index");
});
