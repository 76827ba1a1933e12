/**
 * A heap of keys by due time in which a key occurs once and may be moved or taken out. A plain heap with stale
 * entries would grow: a key that asks to be seen in an hour and is woken by an event every ten seconds would
 * leave 360 of them behind.
 */
export class DelayHeap {
  readonly #entries: Array<{ readonly key: string; readonly dueAt: number }> = [];
  readonly #positions = new Map<string, number>();

  get size(): number {
    return this.#entries.length;
  }

  /** When the first key is due; undefined when there is none. */
  get earliest(): number | undefined {
    return this.#entries[0]?.dueAt;
  }

  dueAt(key: string): number | undefined {
    const position = this.#positions.get(key);
    return position === undefined ? undefined : this.#entries[position]?.dueAt;
  }

  /** Puts the key at this due time, whatever it was before. */
  set(key: string, dueAt: number): void {
    const position = this.#positions.get(key) ?? this.#entries.length;
    this.#place(position, { key, dueAt });
    this.#settle(position);
  }

  /** True when the key was there. */
  remove(key: string): boolean {
    const position = this.#positions.get(key);
    if (position === undefined) return false;
    this.#positions.delete(key);
    const last = this.#entries.pop();
    if (last !== undefined && last.key !== key) {
      this.#place(position, last);
      this.#settle(position);
    }
    return true;
  }

  /** Takes out the first key that is due at `now`. */
  popDue(now: number): string | undefined {
    const first = this.#entries[0];
    if (first === undefined || first.dueAt > now) return undefined;
    this.remove(first.key);
    return first.key;
  }

  #place(position: number, entry: { readonly key: string; readonly dueAt: number }): void {
    this.#entries[position] = entry;
    this.#positions.set(entry.key, position);
  }

  #settle(start: number): void {
    let position = start;
    while (position > 0 && this.#swapIfEarlier(position, (position - 1) >> 1)) position = (position - 1) >> 1;
    for (;;) {
      const left = 2 * position + 1;
      const smaller = this.#due(left + 1) < this.#due(left) ? left + 1 : left;
      if (!this.#swapIfEarlier(smaller, position)) return;
      position = smaller;
    }
  }

  #due(position: number): number {
    return this.#entries[position]?.dueAt ?? Infinity;
  }

  #swapIfEarlier(child: number, parent: number): boolean {
    const lower = this.#entries[child];
    const upper = this.#entries[parent];
    if (lower === undefined || upper === undefined || lower.dueAt >= upper.dueAt) return false;
    this.#place(parent, lower);
    this.#place(child, upper);
    return true;
  }
}
