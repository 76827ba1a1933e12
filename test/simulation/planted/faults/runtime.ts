import type { PlantedFault } from "../fault.ts";

/** In what holds the lease and keeps the caches. */
export const runtime: readonly PlantedFault[] = [
  {
    name: "whoever ever led may write for ever",
    file: "runtime/leader-election.ts",
    text: "    if (term === undefined) return false;\n    return (",
    instead: "    if (term === undefined) return false;\n    return true || (",
    within: 200,
  },
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
  {
    name: "own writes are not noted: plans run on what the watch brought last",
    file: "runtime/store.ts",
    text: "    this.#put(key, object);\n  }\n\n  /** Takes the answer to an own delete",
    instead: "  }\n\n  /** Takes the answer to an own delete",
    within: 200,
  },
  {
    name: "the lease is not looked at when a write is about to go out",
    file: "controller/reconcile.ts",
    text: 'if (!deps.mayWrite()) return { kind: "waiting", message: "the lease is not ours any more" };',
    instead: "",
    within: 400,
  },
];
