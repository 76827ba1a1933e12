import type { RouterRead, TemplateProof } from "../core/observed.ts";
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
  /** The last read, a write's read-back included. */
  lastRead?: RouterRead;
  proof?: TemplateProof;
  /** The running hold as the monotonic clock sees it. */
  hold?: { readonly until: string; readonly startedAt: number; readonly remaining: number };
  /** The last effect that failed, for the message that people read. */
  failure?: string;
  watch?: Watch;
  /** When the status was last written, by the monotonic clock. */
  storedAt?: number;
  /** Ends what the present plan waits for, when an alarm fires meanwhile; absent while traffic is being taken back. */
  interrupt?: AbortController;
  /** The last weights asked for; the same again waits for the next poll. */
  lastWeights?: { readonly key: string; readonly at: number };
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

  /** An alarm fired: whatever this rollout's plan waits for at the moment is given up, so that the next can begin. */
  interrupt(key: string): void {
    this.#byKey.get(key)?.interrupt?.abort();
  }

  /** Keys whose last plan asked to be watched this closely, with the routers to read for them. */
  watched(traffic: Watch["traffic"]): readonly { readonly key: string; readonly memory: RolloutMemory }[] {
    return [...this.#byKey]
      .filter(([, memory]) => memory.watch?.traffic === traffic)
      .map(([key, memory]) => ({ key, memory }));
  }
}
