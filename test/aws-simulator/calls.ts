import type { Fields, ServiceName } from "./operation.ts";

/** What became of a call. `applied` says whether a write took effect although no answer was given. */
export type CallOutcome =
  | { readonly kind: "pending" }
  | { readonly kind: "ok"; readonly status: number }
  | { readonly kind: "error"; readonly status: number; readonly code: string }
  | { readonly kind: "dropped"; readonly applied: boolean };

/** One request on the wire. The SDK's own retries are calls of their own. */
export interface Call {
  readonly seq: number;
  /** Milliseconds since the epoch, by the simulator's clock. */
  readonly at: number;
  readonly service: ServiceName;
  readonly operation: string;
  readonly account: string;
  readonly region: string;
  readonly input: Fields;
  readonly userAgent: string;
  /** The kind of the fault that met it, if any. */
  readonly fault?: string;
  readonly outcome: CallOutcome;
}

type Listener = (call: Call) => void;

/** Every call in the order of arrival, as a ring of the newest `limit`. */
export class CallLog {
  readonly #limit: number;
  readonly #calls: Call[] = [];
  readonly #listeners = new Set<Listener>();
  #seq = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** The remembered calls, oldest first. */
  get all(): readonly Call[] {
    return this.#calls;
  }

  /** How many calls there were in all, including forgotten ones. */
  get total(): number {
    return this.#seq;
  }

  of(operation: string): Call[] {
    return this.#calls.filter((call) => call.operation === operation);
  }

  clear(): void {
    this.#calls.length = 0;
  }

  /** Calls `listener` with each call once it is settled. Returns the way out. */
  subscribe(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Notes a call that has just arrived. */
  begin(call: Omit<Call, "seq" | "outcome">): Call {
    const begun: Call = { ...call, seq: ++this.#seq, outcome: { kind: "pending" } };
    this.#calls.push(begun);
    if (this.#calls.length > this.#limit) this.#calls.splice(0, this.#calls.length - this.#limit);
    return begun;
  }

  /** Notes what became of it. */
  settle(call: Call, outcome: CallOutcome): Call {
    const settled: Call = { ...call, outcome };
    const index = this.#calls.findIndex((each) => each.seq === call.seq);
    if (index >= 0) this.#calls[index] = settled;
    for (const listener of this.#listeners) listener(settled);
    return settled;
  }
}
