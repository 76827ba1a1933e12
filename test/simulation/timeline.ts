/** When the world begins: 10:00:00 UTC on a Monday. */
export const EPOCH = 1_767_607_200_000;

/** Parts of a millisecond: instants are multiples of it, so that sums and differences of them are exact. */
const TICKS = 1_024;

interface Entry {
  readonly at: number;
  readonly order: number;
  readonly run: () => void;
  cancelled: boolean;
}

/**
 * Virtual time. Everything that ever happens is an entry here; entries of the same instant run in the order in which
 * they were made. Between two of them all promises come to rest (`settle`), so that a run depends on nothing but its
 * entries.
 */
export class Timeline {
  readonly #heap: Entry[] = [];
  #now = 0;
  #order = 0;
  #events = 0;

  /** Milliseconds since the world began. */
  get now(): number {
    return this.#now;
  }

  /** The true wall time, milliseconds since 1970. */
  get wall(): number {
    return EPOCH + this.#now;
  }

  /** How many entries have run. */
  get events(): number {
    return this.#events;
  }

  /** Runs `run` once, `delayMs` from now. Returns its cancellation. */
  in(delayMs: number, run: () => void): () => void {
    const entry: Entry = {
      at: Math.ceil((this.#now + Math.max(0, delayMs)) * TICKS) / TICKS,
      order: this.#order++,
      run,
      cancelled: false,
    };
    this.#push(entry);
    return () => {
      entry.cancelled = true;
    };
  }

  /** Runs `run` every `periodMs` until the returned function is called. */
  every(periodMs: number, run: () => void): () => void {
    let cancel = (): void => {};
    const again = (): void => {
      cancel = this.in(periodMs, () => {
        run();
        again();
      });
    };
    again();
    return () => cancel();
  }

  /** Runs the next entry if there is one before `until`; false when there was none (then it is `until`). */
  step(until: number): boolean {
    for (let first = this.#heap[0]; first && first.at <= until; first = this.#heap[0]) {
      this.#pop();
      if (first.cancelled) continue;
      this.#now = first.at;
      this.#events += 1;
      first.run();
      return true;
    }
    this.#now = Math.max(this.#now, until);
    return false;
  }

  #push(entry: Entry): void {
    const heap = this.#heap;
    let position = heap.length;
    heap.push(entry);
    while (position > 0) {
      const parent = (position - 1) >> 1;
      const above = heap[parent];
      if (above === undefined || !precedes(entry, above)) break;
      heap[position] = above;
      position = parent;
    }
    heap[position] = entry;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    let position = 0;
    for (;;) {
      let child = 2 * position + 1;
      const left = heap[child];
      if (left === undefined) break;
      const right = heap[child + 1];
      let smaller = left;
      if (right !== undefined && precedes(right, left)) {
        smaller = right;
        child += 1;
      }
      if (!precedes(smaller, last)) break;
      heap[position] = smaller;
      position = child;
    }
    heap[position] = last;
  }
}

function precedes(one: Entry, other: Entry): boolean {
  return one.at < other.at || (one.at === other.at && one.order < other.order);
}

/** Resolves when every promise that can go on has done so: nothing in the world waits for anything but the timeline. */
export function settle(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
