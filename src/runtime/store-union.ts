import type { KubeObject } from "./kube-object.ts";
import type { StoreReader } from "./store.ts";

/**
 * Several stores of one type read as one: what an operator that watches a few namespaces has, one reflector each.
 * The stores must not overlap.
 */
export function unionOf<T extends KubeObject>(stores: ReadonlyArray<StoreReader<T>>): StoreReader<T> {
  return {
    get: (key) => {
      for (const store of stores) {
        const object = store.get(key);
        if (object !== undefined) return object;
      }
      return undefined;
    },
    list: () => stores.flatMap((store) => store.list()),
    byIndex: (index, value) => stores.flatMap((store) => store.byIndex(index, value)),
    get size() {
      return stores.reduce((sum, store) => sum + store.size, 0);
    },
  };
}
