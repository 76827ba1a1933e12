import type { KubeObject } from "./kube-object.ts";

/** Declared ways to find objects by something other than their key, kept up to date by the store. */
export class StoreIndexes<T extends KubeObject> {
  readonly #functions: Readonly<Record<string, (object: T) => readonly string[]>>;
  readonly #keys = new Map<string, Map<string, Set<string>>>();
  readonly #valuesOf = new Map<string, ReadonlyArray<{ readonly index: string; readonly value: string }>>();

  constructor(functions: Readonly<Record<string, (object: T) => readonly string[]>>) {
    this.#functions = functions;
    for (const index of Object.keys(functions)) this.#keys.set(index, new Map());
  }

  /** Keys filed under the value, in no particular order. Throws for an undeclared index. */
  keys(index: string, value: string): string[] {
    const byValue = this.#keys.get(index);
    if (byValue === undefined) throw new Error(`no index "${index}"`);
    return [...(byValue.get(value) ?? [])];
  }

  set(key: string, object: T): void {
    this.remove(key);
    const values = Object.entries(this.#functions).flatMap(([index, valuesOf]) =>
      valuesOf(object).map((value) => ({ index, value })),
    );
    for (const { index, value } of values) {
      const byValue = this.#keys.get(index);
      const keys = byValue?.get(value);
      if (keys === undefined) byValue?.set(value, new Set([key]));
      else keys.add(key);
    }
    this.#valuesOf.set(key, values);
  }

  remove(key: string): void {
    for (const { index, value } of this.#valuesOf.get(key) ?? []) {
      const byValue = this.#keys.get(index);
      const keys = byValue?.get(value);
      keys?.delete(key);
      if (keys?.size === 0) byValue?.delete(value);
    }
    this.#valuesOf.delete(key);
  }
}
