import type { Status, StatusDetails } from "./kube-object.ts";

/**
 * The one error of everything that talks to the API server.
 *
 * `reason` decides; `message` is for people: one line, at most 300 characters, never a header, a token or a
 * request body (the API server's own sentence is in it, which may quote a field it refused). `code` is the HTTP
 * status, absent when none came. Reasons are those of `Status.reason` (NotFound, AlreadyExists, Conflict,
 * Invalid, Forbidden, Expired, TooManyRequests…) and these, where no `Status` was received:
 *
 * - `Unreachable`: no connection, or it broke. A write may have been applied all the same.
 * - `Timeout`: no answer in time (the API server uses the reason too). A write may have been applied.
 * - `Aborted`: the caller's signal aborted the call. A write may have been applied.
 * - `Credentials`: the token, certificate or exec plugin could not be read; nothing was sent.
 * - `InvalidResponse`: the answer was not what the API promises; something else answers at that address.
 */
export class KubeError extends Error {
  override readonly name: string = "KubeError";
  readonly reason: string;
  readonly code?: number;
  /** How long the server asks to wait before the next try, in ms. */
  readonly retryAfterMs?: number;
  readonly details?: StatusDetails;

  constructor(
    reason: string,
    message: string,
    more: { code?: number; retryAfterMs?: number; details?: StatusDetails } = {},
  ) {
    super(shorten(message));
    this.reason = reason;
    if (more.code !== undefined) this.code = more.code;
    if (more.retryAfterMs !== undefined) this.retryAfterMs = more.retryAfterMs;
    if (more.details !== undefined) this.details = more.details;
  }
}

/** `METHOD path`, the beginning of every message. */
export interface CallName {
  readonly method: string;
  readonly path: string;
}

/** An HTTP answer that is not a success, or the object of a watch's ERROR event, as an error. */
export function errorOfStatus(
  call: CallName,
  code: number | undefined,
  status: Status,
  retryAfter?: string,
): KubeError {
  const reason = status.reason !== undefined && status.reason !== "" ? status.reason : reasonOfCode(code);
  const sentence = status.message ?? "no message";
  const seconds = secondsOf(retryAfter) ?? status.details?.retryAfterSeconds;
  return new KubeError(reason, `${call.method} ${call.path}: ${code ?? ""} ${reason}: ${sentence}`, {
    ...(code === undefined ? {} : { code }),
    ...(seconds === undefined ? {} : { retryAfterMs: seconds * 1_000 }),
    ...(status.details === undefined ? {} : { details: status.details }),
  });
}

/** A failure below HTTP: refused, reset, unresolved, TLS. Only the error's code is repeated. */
export function errorOfTransport(call: CallName, error: unknown): KubeError {
  return new KubeError("Unreachable", `${call.method} ${call.path}: ${codeOf(error)}`);
}

/** The `code` of a Node error (ECONNREFUSED…), looking into causes; else its class. Never its message. */
export function codeOf(error: unknown): string {
  for (let at: unknown = error, depth = 0; at instanceof Error && depth < 4; at = at.cause, depth++) {
    if ("code" in at && typeof at.code === "string") return at.code;
    if (at instanceof AggregateError && at.errors.length > 0) return codeOf(at.errors[0]);
  }
  return error instanceof Error ? error.name : "unknown error";
}

/** Whether it is a `KubeError` with one of these reasons. */
export function isReason(error: unknown, ...reasons: readonly string[]): boolean {
  return error instanceof KubeError && reasons.includes(error.reason);
}

/** The version to start from is gone: list again. HTTP 410, reasons Expired and Gone. */
export function isExpired(error: KubeError): boolean {
  return error.code === 410 || error.reason === "Expired" || error.reason === "Gone";
}

/** Whether the same read may succeed a little later: 429, 5xx, no answer. */
export function isTransient(error: KubeError): boolean {
  if (error.code !== undefined) return error.code === 429 || error.code >= 500;
  return error.reason === "Unreachable" || error.reason === "Timeout";
}

function reasonOfCode(code: number | undefined): string {
  const known: Record<number, string> = {
    401: "Unauthorized",
    403: "Forbidden",
    404: "NotFound",
    409: "Conflict",
    410: "Expired",
    429: "TooManyRequests",
    500: "InternalError",
    503: "ServiceUnavailable",
    504: "Timeout",
  };
  return (code === undefined ? undefined : known[code]) ?? "Unknown";
}

/** `Retry-After` in seconds; the API server never sends the form with a date. */
function secondsOf(header: string | undefined): number | undefined {
  if (header === undefined || !/^\d{1,6}$/.test(header.trim())) return undefined;
  return Number(header);
}

function shorten(message: string): string {
  const line = message.replace(/\s+/g, " ").trim();
  return line.length <= 300 ? line : `${line.slice(0, 299)}…`;
}
