import type { Fields, ServiceName } from "./operation.ts";

/** What a fault does to a call. Milliseconds where there is a number. */
export type FaultKind =
  /** Refused with the service's own throttling error. */
  | { readonly kind: "throttle" }
  | { readonly kind: "error500" }
  | { readonly kind: "error503" }
  /** Applied and answered `ms` late. */
  | { readonly kind: "slow"; readonly ms: number }
  /** Neither applied nor answered; the connection is cut when the fault is removed or the simulator stops. */
  | { readonly kind: "hang" }
  /** Applied, then the connection is cut. */
  | { readonly kind: "lostAnswer" }
  | { readonly kind: "denied" }
  | { readonly kind: "expiredToken" }
  /** Reads answer with what was true `ms` ago; writes are not touched. */
  | { readonly kind: "staleRead"; readonly ms: number }
  /** A proxy's HTML page with status 502, in place of an answer. */
  | { readonly kind: "garbage" }
  /** The connection is cut at once, nothing is applied. */
  | { readonly kind: "refuse" };

/** Which calls a fault meets; what is left out matches everything. */
export type FaultSpec = FaultKind & {
  readonly service?: ServiceName;
  readonly operation?: string | readonly string[];
  /** Text that must occur in the call's input: part of an ARN or an alarm's name. */
  readonly resource?: string;
  /** How many calls it meets before it is spent. Each of the SDK's own retries is a call. Default: all. */
  readonly times?: number;
};

/** A fault in place. */
export interface FaultHandle {
  /** How many calls it has met. */
  readonly hits: number;
  remove(): void;
}

interface Entry {
  readonly spec: FaultSpec;
  hits: number;
  readonly onRemove: Set<() => void>;
}

/** A fault that meets the call at hand. */
export interface MetFault {
  readonly spec: FaultSpec;
  /** Calls `release` once, when the fault is removed. */
  onRemove(release: () => void): void;
}

interface Subject {
  readonly service: ServiceName;
  readonly operation: string;
  readonly input: Fields;
  readonly isRead: boolean;
}

const meets = (spec: FaultSpec, call: Subject): boolean => {
  const operations = spec.operation === undefined ? undefined : [spec.operation].flat();
  return (
    (spec.service === undefined || spec.service === call.service) &&
    (operations?.includes(call.operation) ?? true) &&
    (spec.resource === undefined || JSON.stringify(call.input).includes(spec.resource)) &&
    (spec.kind !== "staleRead" || call.isRead)
  );
};

/** The table of faults, tried in the order they were added; the first that matches and is not spent is taken. */
export class Faults {
  readonly #entries = new Set<Entry>();

  add(spec: FaultSpec): FaultHandle {
    const entry: Entry = { spec, hits: 0, onRemove: new Set() };
    this.#entries.add(entry);
    return {
      get hits() {
        return entry.hits;
      },
      remove: () => this.#remove(entry),
    };
  }

  /** Removes every fault and lets hanging calls go. */
  clear(): void {
    for (const entry of this.#entries) this.#remove(entry);
  }

  /** The fault for a call, counted as hit. */
  meet(call: Subject): MetFault | undefined {
    for (const entry of this.#entries) {
      if (entry.hits >= (entry.spec.times ?? Infinity) || !meets(entry.spec, call)) continue;
      entry.hits++;
      return { spec: entry.spec, onRemove: (release) => entry.onRemove.add(release) };
    }
    return undefined;
  }

  #remove(entry: Entry): void {
    this.#entries.delete(entry);
    for (const release of entry.onRemove) release();
    entry.onRemove.clear();
  }
}
