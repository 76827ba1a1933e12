import { describe, expect, test } from "vitest";
import type { KubeObject } from "./kube-object.ts";
import { compareResourceVersions } from "./resource-version.ts";
import { dropManagedFields, Store, type StoreOptions } from "./store.ts";

interface Thing extends KubeObject {
  readonly spec?: { readonly size: number };
}

function thing(name: string, version: number | string, more: { uid?: string; size?: number } = {}): Thing {
  return {
    metadata: { namespace: "n", name, uid: more.uid ?? `uid-${name}`, resourceVersion: String(version) },
    spec: { size: more.size ?? 0 },
  };
}

/** A store and what its handlers heard, as `type name@version`. */
function heard(options: StoreOptions<Thing> = {}) {
  const log: string[] = [];
  const store = new Store<Thing>({
    ...options,
    onChange: ({ type, object }) =>
      log.push(`${type} ${object.metadata.name}@${object.metadata.resourceVersion}`),
  });
  return { store, log };
}

describe("from the server", () => {
  test("a list replaces what was known, and says what changed", () => {
    const { store, log } = heard();
    store.replace([thing("a", 1), thing("b", 2), thing("c", 3)], "5");
    log.length = 0;
    store.replace([thing("a", 1), thing("b", 8), thing("d", 9)], "10");
    expect(log).toEqual(["update b@8", "add d@9", "delete c@3"]);
    expect(store.size).toBe(3);
  });

  test("events change one object each", () => {
    const { store, log } = heard();
    store.replace([], "1");
    store.upsert(thing("a", 2));
    store.upsert(thing("a", 3));
    store.remove(thing("a", 4));
    store.remove(thing("a", 5));
    expect(log).toEqual(["add a@2", "update a@3", "delete a@3"]);
    expect(store.get("n/a")).toBeUndefined();
    expect(store.seenVersion).toBe("5");
  });

  test("another uid under the same name is a deletion and an addition", () => {
    const { store, log } = heard();
    store.replace([thing("a", 1, { uid: "old" })], "1");
    store.replace([thing("a", 7, { uid: "new" })], "8");
    expect(log).toEqual(["add a@1", "delete a@1", "add a@7"]);
  });

  test("after a restore from a backup the server's older versions are taken", () => {
    const { store } = heard();
    store.replace([thing("a", 900)], "1000");
    store.replace([thing("a", 40)], "50");
    store.upsert(thing("a", 51));
    expect(store.get("n/a")?.metadata.resourceVersion).toBe("51");
  });
});

describe("own writes", () => {
  test("are seen at once, and older events do not undo them", () => {
    const { store, log } = heard();
    store.replace([thing("a", 10)], "10");
    store.noteWrite(thing("a", 15));
    store.upsert(thing("a", 12));
    expect(store.get("n/a")?.metadata.resourceVersion).toBe("15");
    store.upsert(thing("a", 15));
    store.upsert(thing("a", 16));
    expect(log).toEqual(["add a@10", "update a@15", "update a@16"]);
  });

  test("a create is kept through an older list, and its object's end is believed", () => {
    const { store } = heard();
    store.replace([], "10");
    store.noteWrite(thing("a", 15));
    store.replace([], "12");
    expect(store.get("n/a")).toBeDefined();
    store.replace([], "20");
    expect(store.get("n/a")).toBeUndefined();
  });

  test("an answer that comes after the deletion was seen does not bring the object back", () => {
    const { store } = heard();
    store.replace([thing("a", 10)], "10");
    store.remove(thing("a", 16));
    store.noteWrite(thing("a", 15));
    expect(store.get("n/a")).toBeUndefined();
  });

  test("a bookmark counts as seen", () => {
    const { store } = heard();
    store.replace([], "10");
    store.advance("30");
    store.noteWrite(thing("a", 15));
    expect(store.get("n/a")).toBeUndefined();
  });

  test("of two answers that overtook each other the newer one stays", () => {
    const { store } = heard();
    store.replace([], "10");
    store.noteWrite(thing("a", 16));
    store.noteWrite(thing("a", 15));
    expect(store.get("n/a")?.metadata.resourceVersion).toBe("16");
  });

  test("a re-created object is not removed by the old one's end", () => {
    const { store, log } = heard();
    store.replace([thing("a", 10, { uid: "old" })], "10");
    store.noteWrite(thing("a", 15, { uid: "new" }));
    store.upsert(thing("a", 11, { uid: "old" }));
    store.remove(thing("a", 14, { uid: "old" }));
    expect(store.get("n/a")?.metadata.uid).toBe("new");
    expect(log).toEqual(["add a@10", "delete a@10", "add a@15"]);
  });

  test("a delete is seen at once, and neither events nor an older list undo it", () => {
    const { store, log } = heard();
    store.replace([thing("a", 10)], "10");
    store.noteDelete(thing("a", 10));
    store.upsert(thing("a", 11));
    store.replace([thing("a", 11)], "12");
    expect(store.get("n/a")).toBeUndefined();
    store.remove(thing("a", 13));
    store.upsert(thing("a", 20, { uid: "new" }));
    expect(log).toEqual(["add a@10", "delete a@10", "add a@20"]);
  });

  test("where versions cannot be compared, the write is seen at once and the next event wins", () => {
    const { store } = heard();
    store.replace([thing("a", "x1")], "x1");
    store.noteWrite(thing("a", "x9"));
    expect(store.get("n/a")?.metadata.resourceVersion).toBe("x9");
    store.upsert(thing("a", "x5"));
    expect(store.get("n/a")?.metadata.resourceVersion).toBe("x5");
  });
});

describe("reading", () => {
  test("objects are frozen all the way down", () => {
    const { store } = heard();
    store.replace([thing("a", 1)], "1");
    const stored = store.get("n/a") as { spec: { size: number } };
    expect(() => {
      stored.spec.size = 5;
    }).toThrow(TypeError);
  });

  test("a transform is applied to lists, events and own writes", () => {
    const { store } = heard({ transform: dropManagedFields });
    const managed = (name: string, version: number): Thing => {
      const plain = thing(name, version);
      return { ...plain, metadata: { ...plain.metadata, managedFields: [{}] } };
    };
    store.replace([managed("a", 1)], "1");
    store.upsert(managed("b", 2));
    store.noteWrite(managed("c", 3));
    expect(store.list().map(({ metadata }) => metadata.managedFields)).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
    expect(store.size).toBe(3);
  });

  test("indexes follow every change; an undeclared one is refused", () => {
    const { store } = heard({
      indexes: { size: ({ spec }) => (spec === undefined ? [] : [`${spec.size}`]) },
    });
    store.replace([thing("a", 1, { size: 3 }), thing("b", 1, { size: 3 })], "1");
    expect(store.byIndex("size", "3").map(({ metadata }) => metadata.name)).toEqual(["a", "b"]);
    store.upsert(thing("a", 2, { size: 4 }));
    store.remove(thing("b", 3));
    expect(store.byIndex("size", "3")).toEqual([]);
    expect(store.byIndex("size", "4")).toHaveLength(1);
    expect(() => store.byIndex("colour", "red")).toThrow('no index "colour"');
  });
});

test("resourceVersions compare as numbers of any length, and only those", () => {
  expect(compareResourceVersions("9", "10")).toBe(-1);
  expect(compareResourceVersions("99999999999999999999", "99999999999999999998")).toBe(1);
  expect(compareResourceVersions("7", "7")).toBe(0);
  for (const odd of ["", "0", "01", "abc", "-1", "1.5"])
    expect(compareResourceVersions(odd, "1")).toBeUndefined();
});
