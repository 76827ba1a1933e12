import { withoutSecrets } from "./secrets.ts";

/** An error as it is logged: what happened and where, never what was sent or received. */
export interface ErrorRecord {
  readonly name: string;
  readonly message: string;
  /** A KubeError's reason (NotFound, Conflict…). */
  readonly reason?: string;
  /** Node's or the service's own code (ECONNREFUSED, ThrottlingException…), or an HTTP status. */
  readonly code?: string | number;
  /** HTTP status of an AWS answer. */
  readonly status?: number;
  /** AWS's id of the request, for a support case. */
  readonly requestId?: string;
  /** Only of errors that are neither the API server's nor AWS's: those are our own, and the stack tells where. */
  readonly stack?: string;
  readonly cause?: ErrorRecord;
}

const longestMessage = 500;
const longestStack = 4_000;
const deepestCause = 3;

/**
 * Picks the few fields that are safe, by name: an SDK's error also carries the answer with headers and body
 * (`$response`), and that of a Kubernetes client has both in its message.
 */
export function errorRecord(error: unknown, depth = 0): ErrorRecord {
  const name = word(field(error, "name")) ?? "UnknownError";
  const metadata = field(error, "$metadata");
  const outside = metadata !== undefined || name === "KubeError";
  const cause = field(error, "cause");
  const stack = field(error, "stack");
  return {
    name,
    message: messageOf(error),
    ...optional("reason", word(field(error, "reason"))),
    ...optional("code", codeOf(error)),
    ...optional("status", numberOf(field(metadata, "httpStatusCode"))),
    ...optional("requestId", word(field(metadata, "requestId"))),
    ...(outside || typeof stack !== "string" || carriesAnswer(error)
      ? {}
      : { stack: shorten(stack, longestStack) }),
    ...(cause === undefined || cause === null || depth >= deepestCause
      ? {}
      : { cause: errorRecord(cause, depth + 1) }),
  };
}

function messageOf(error: unknown): string {
  if (carriesAnswer(error)) return "the answer could not be used";
  const message = error instanceof Error ? error.message : field(error, "message");
  const text =
    typeof message === "string" ? message : typeof error === "string" ? error : "not an error object";
  return shorten(text.replaceAll(/\s+/g, " ").trim(), longestMessage);
}

/** Errors whose message quotes the body that was received: undecodable answers, and client-node's ApiException. */
function carriesAnswer(error: unknown): boolean {
  const undecodable = field(error, "$response") !== undefined && field(error, "name") === "SyntaxError";
  return undecodable || (field(error, "body") !== undefined && field(error, "headers") !== undefined);
}

function codeOf(error: unknown): string | number | undefined {
  const code = field(error, "Code") ?? field(error, "code");
  return numberOf(code) ?? word(code);
}

function field(value: unknown, key: string): unknown {
  if (typeof value !== "object" || value === null) return undefined;
  return (value as Readonly<Record<string, unknown>>)[key];
}

/** A short text without blanks, as names and codes are. */
function word(value: unknown): string | undefined {
  return typeof value === "string" && /^[\w.:/#-]{1,100}$/.test(value) ? value : undefined;
}

function numberOf(value: unknown): number | undefined {
  return typeof value === "number" && Number.isFinite(value) ? value : undefined;
}

function shorten(text: string, limit: number): string {
  const safe = withoutSecrets(text);
  return safe.length <= limit ? safe : `${safe.slice(0, limit - 1)}…`;
}

function optional<K extends string, T>(key: K, value: T | undefined): { readonly [P in K]?: T } {
  return value === undefined ? {} : ({ [key]: value } as { readonly [P in K]: T });
}
