import type { Destination, HealthRead, Observed, TemplateProof } from "../core/observed.ts";
import type { Watch } from "../core/plan-data.ts";
import type { TrafficRouter } from "../routers/router.ts";

/**
 * What this process remembers of one rollout between two plans. Nothing in here is needed after a restart: it saves
 * calls, or keeps clocks that a status cannot keep.
 */
export interface RolloutMemory {
  uid: string;
  /** Bound to the targets that `identity` names. */
  router?: { readonly identity: string; readonly router: TrafficRouter };
  /** The last answer about the wanted template, for which slot it was asked, and when by the monotonic clock. */
  proof?: { readonly answer: TemplateProof; readonly destination: Destination; readonly at: number };
  /** The running hold as the monotonic clock sees it. */
  hold?: { readonly until: string; readonly startedAt: number; readonly remaining: number };
  /** The running drain as the monotonic clock sees it. */
  drain?: { readonly since: string; readonly startedAt: number; readonly elapsed: number };
  /** When it was last observed, by the monotonic clock. */
  lookedAt?: number;
  /** The last effect that failed, for the message that people read. */
  failure?: string;
  /** Conflicts in a row: plans that met another world than they were made for. */
  conflicts?: number;
  watch?: Watch;
  /** The health of its targets as read last, in a plan or in turn. */
  health?: { readonly of: TrafficRouter; read: Health };
  /** Nothing is decided on it at the moment: it is read in turn. */
  inTurn?: boolean;
  /** When it was last asked for in turn, by the monotonic clock. */
  healthAskedAt?: number;
  /** When the status was last written, by the monotonic clock. */
  storedAt?: number;
  /** Ends what the present plan waits for, when an alarm fires meanwhile; absent while traffic is being taken back. */
  interrupt?: AbortController;
  /** An alarm fired and no plan was made since: the next one waits for nothing. */
  hurry?: boolean;
  /** Why nothing was written while the API server was away, as it was logged last. */
  blindRefusal?: string;
  /** What was last asked for, and how often in a row. */
  repeated?: { readonly key: string; readonly at: number; readonly times: number };
}

type Health = NonNullable<Observed["health"]>;

/** Keeps what was read of each destination's health; a read that came to nothing leaves the one before, which says its age. */
export function rememberHealth(memory: RolloutMemory, of: TrafficRouter, read: Health | undefined): void {
  if (!read) return;
  const before = memory.health?.of === of ? memory.health.read : read;
  const latest = (destination: Destination): HealthRead =>
    read[destination].problem ? before[destination] : read[destination];
  memory.health = { of, read: { a: latest("a"), b: latest("b") } };
}

/** Keeps what came when its asker had given up, unless something younger is known. */
export function rememberLate(
  memory: RolloutMemory,
  of: TrafficRouter,
  destination: Destination,
  read: HealthRead,
): void {
  const known = memory.health;
  if (known?.of !== of || read.problem) return;
  const before = known.read[destination];
  if (!before.problem && read.at < before.at) return;
  known.read = { ...known.read, [destination]: read };
}

/** Memories by `namespace/name`; a resource deleted and made anew starts without one. */
export class Memories {
  readonly #byKey = new Map<string, RolloutMemory>();

  of(key: string, uid: string): RolloutMemory {
    const known = this.#byKey.get(key);
    if (known?.uid === uid) return known;
    this.forget(key);
    const fresh: RolloutMemory = { uid };
    this.#byKey.set(key, fresh);
    return fresh;
  }

  forget(key: string): void {
    this.#byKey.get(key)?.router?.router.close();
    this.#byKey.delete(key);
  }

  /** What is known of an earlier resource of this name. */
  strangerTo(key: string, uid: string): RolloutMemory | undefined {
    const known = this.#byKey.get(key);
    return known?.uid === uid ? undefined : known;
  }

  /**
   * An alarm fired: whatever this rollout's plan waits for at the moment is given up, so that the next can begin; and
   * that one, whenever it begins, is in a hurry.
   */
  interrupt(key: string): void {
    const memory = this.#byKey.get(key);
    if (!memory) return;
    memory.hurry = true;
    memory.interrupt?.abort();
  }

  /** Keys whose last plan asked to be watched this closely, with the routers to read for them. */
  watched(traffic: Watch["traffic"]): readonly { readonly key: string; readonly memory: RolloutMemory }[] {
    return [...this.#byKey]
      .filter(([, memory]) => memory.watch?.traffic === traffic)
      .map(([key, memory]) => ({ key, memory }));
  }
}
