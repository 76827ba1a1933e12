/**
 * A queue in which groups take turns: one key of each group, then the next of each. Within a group it is first
 * in, first out. Sets and maps of JavaScript keep insertion order, so the first entry of `#groups` is the group
 * whose turn it is, and a group that was served goes to the back.
 */
export class FairLane {
  readonly #groups = new Map<string, Set<string>>();
  readonly #groupOf: (key: string) => string;

  constructor(groupOf: (key: string) => string) {
    this.#groupOf = groupOf;
  }

  push(key: string): void {
    const group = this.#groupOf(key);
    const keys = this.#groups.get(group);
    if (keys === undefined) this.#groups.set(group, new Set([key]));
    else keys.add(key);
  }

  /** The next key of a group that may have one, taken out; undefined when there is none. */
  shift(mayRun: (group: string) => boolean = () => true): string | undefined {
    for (const [group, keys] of this.#groups) {
      if (!mayRun(group)) continue;
      this.#groups.delete(group);
      for (const key of keys) {
        keys.delete(key);
        if (keys.size > 0) this.#groups.set(group, keys);
        return key;
      }
    }
    return undefined;
  }

  /** True when the key was there. */
  remove(key: string): boolean {
    const group = this.#groupOf(key);
    const keys = this.#groups.get(group);
    if (keys === undefined || !keys.delete(key)) return false;
    if (keys.size === 0) this.#groups.delete(group);
    return true;
  }
}
