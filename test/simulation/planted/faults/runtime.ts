import type { PlantedFault } from "../fault.ts";

/** In what holds the lease and keeps the caches. */
export const runtime: readonly PlantedFault[] = [
  {
    name: "a lease is free, whoever holds it",
    file: "runtime/lease.ts",
    text: "  return now - observation.since >= promisedMs;",
    instead: "  return promisedMs > 0;",
    within: 10,
  },
  {
    name: "a held lease is never seen to run out",
    file: "runtime/lease.ts",
    text: "since: unchanged ? previous.since : now",
    instead: "since: now",
    within: 60,
  },
  {
    name: "a deletion is not taken over from the watch",
    file: "runtime/store.ts",
    text: "    if (!behind) this.#drop(key);",
    instead: '    if (!behind && key === "") this.#drop(key);',
    within: 60,
  },
];
