/** What becomes of one request. Milliseconds are of virtual time. */
export interface Fate {
  /** From the sender to the server. */
  readonly goMs: number;
  /** From the server back. */
  readonly backMs: number;
  /** The server refuses it, in words of its own protocol. */
  readonly refused?: Refusal;
  /** It is carried out, or refused, and nobody hears of it: the connection breaks when the answer should come. */
  readonly lost?: boolean;
  /** It never gets there: the connection breaks at once. */
  readonly cut?: boolean;
  /** A read is answered with what was true so long ago. */
  readonly staleMs?: number;
}

export type Refusal = "conflict" | "gone" | "tooMany" | "internal" | "unavailable" | "throttled" | "denied";

/** A request as the weather sees it. */
export interface Request {
  /** Who sends it. */
  readonly host: string;
  readonly service: "kubernetes" | "elb" | "cloudwatch" | "appmesh";
  /** `GET`, `PATCH`…, or an operation of AWS. */
  readonly operation: string;
  /** A path or an ARN. */
  readonly subject: string;
  readonly isWrite: boolean;
}

/** What becomes of a watch that is being opened. */
export interface WatchFate {
  readonly goMs: number;
  readonly refused?: Refusal;
  /** How late each event is, drawn anew for each. */
  readonly delayMs: () => number;
  /** When the connection breaks, from now on; absent: never. */
  readonly breaksInMs?: number;
  /** An event comes a second time. */
  readonly repeats: () => boolean;
  /** The server lost its place: everything of so many versions before is told again. */
  readonly replay: number;
}

/** Decides what becomes of requests. */
export interface Weather {
  fateOf(request: Request): Fate;
  watchFateOf(host: string, path: string): WatchFate;
}
