import type { Destination } from "../../core/observed.ts";

const none: ReadonlySet<string> = new Set();

/**
 * Remembers for a while which IPs the pods of a slot had. A pod that has just gone is still registered in its
 * target group for moments, and its address is not somebody else's target because of that.
 *
 * Instants are milliseconds of any one clock that only goes forward.
 */
export class RecentAddresses {
  readonly #keepMs: number;
  /** By rollout and destination: when an address was last seen on a pod. */
  readonly #seen = new Map<string, Map<string, number>>();

  /** `keepMs`: default 15 minutes, three times ELB's default deregistration delay. */
  constructor(keepMs: number = 15 * 60_000) {
    this.#keepMs = keepMs;
  }

  /** Notes the addresses that pods of the slot have now; returns all that it had lately, these included. */
  note(
    rolloutUid: string,
    destination: Destination,
    addresses: readonly string[],
    now: number,
  ): ReadonlySet<string> {
    const key = `${rolloutUid}/${destination}`;
    const seen = this.#seen.get(key) ?? new Map<string, number>();
    for (const address of addresses) seen.set(address, now);
    for (const [address, at] of seen) {
      if (now - at > this.#keepMs) seen.delete(address);
    }
    if (seen.size === 0) {
      this.#seen.delete(key);
      return none;
    }
    this.#seen.set(key, seen);
    return new Set(seen.keys());
  }

  /** Frees what is remembered of a rollout that is gone. */
  forget(rolloutUid: string): void {
    this.#seen.delete(`${rolloutUid}/a`);
    this.#seen.delete(`${rolloutUid}/b`);
  }
}
