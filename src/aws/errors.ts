import type { AccessProblem } from "../core/observed.ts";
import { classOfName, type ErrorClass, isSocketCode } from "./error-names.ts";
import { RoleRefused } from "./role-credentials.ts";

/** A call to AWS, as people speak of it; `service` is the IAM prefix, `operation` the API's name. */
export interface AwsCall {
  readonly service: "elasticloadbalancing" | "cloudwatch" | "appmesh";
  readonly operation: string;
  readonly region: string;
}

/** The same, with the service that gives the credentials. */
export type AnyAwsCall = Omit<AwsCall, "service"> & { readonly service: AwsCall["service"] | "sts" };

/** What an error of the SDK means to a rollout. */
export interface ClassifiedError {
  readonly problem: AccessProblem;
  /** True when the same call may work soon without anybody changing anything. */
  readonly retryable: boolean;
}

interface Facts {
  readonly name: string | undefined;
  readonly code: string | undefined;
  readonly socketCode: string | undefined;
  readonly status: number | undefined;
  readonly retryable: boolean;
  readonly throttling: boolean;
  readonly text: string;
}

const text = (value: unknown): string | undefined =>
  typeof value === "string" && value !== "" ? value : undefined;

const field = (value: unknown, key: string): unknown =>
  typeof value === "object" && value !== null ? (value as Readonly<Record<string, unknown>>)[key] : undefined;

function factsOf(error: unknown): Facts {
  const cause = field(error, "cause");
  const retry = field(error, "$retryable");
  const status = field(field(error, "$metadata"), "httpStatusCode");
  return {
    name: text(field(error, "name")),
    code: text(field(error, "Code")) ?? text(field(error, "code")),
    socketCode: [field(error, "code"), field(cause, "code"), field(error, "errno")]
      .map(text)
      .find(isSocketCode),
    status: typeof status === "number" ? status : undefined,
    retryable: retry !== undefined && retry !== null,
    throttling: field(retry, "throttling") === true,
    text: text(field(error, "message")) ?? text(error) ?? "",
  };
}

function classOfStatus(status: number | undefined): ErrorClass | undefined {
  if (status === undefined) return undefined;
  if (status === 429) return "throttled";
  if (status === 401 || status === 403) return "denied";
  if (status >= 500) return "transient";
  return undefined;
}

/**
 * Services that AWS has switched off. There an address that does not resolve, a status 404 or 410 and a denial are the
 * service's last word, whatever comes with them, and people are told why.
 */
const endings: Readonly<Partial<Record<AnyAwsCall["service"], string>>> = {
  appmesh: "AWS ended App Mesh on 2026-09-30",
};

function isGone({ status, socketCode }: Facts): boolean {
  return status === 404 || status === 410 || socketCode === "ENOTFOUND";
}

/** By name or Code, else by HTTP status, else by `$retryable`, else by the socket's code. */
function classOf(facts: Facts, call: AnyAwsCall): ErrorClass {
  const named = classOfName(facts.name) ?? classOfName(facts.code);
  if (named) return named;
  if (endings[call.service] !== undefined && isGone(facts)) return "gone";
  if (facts.throttling) return "throttled";
  const answered = classOfStatus(facts.status);
  if (answered) return answered;
  if (facts.retryable || facts.socketCode !== undefined) return "transient";
  // An answer nobody can decode (a proxy's page, an emulator's gap) says nothing about what was asked for.
  if (facts.status === undefined || facts.name === "SyntaxError" || facts.name === "TypeError")
    return "transient";
  return "invalid";
}

const kinds: Readonly<Record<ErrorClass, AccessProblem["kind"]>> = {
  throttled: "throttled",
  transient: "unreachable",
  denied: "denied",
  credentials: "denied",
  signature: "denied",
  notFound: "notFound",
  gone: "notFound",
  invalid: "invalid",
};

const maxText = 200;

/** One line of what AWS said, without anything that looks like a key. */
export function oneLine(message: string): string {
  const line = message
    .replace(/\s+/g, " ")
    .replace(/\b(AKIA|ASIA|AROA|AIDA)[A-Z0-9]{8,}\b/g, "$1…")
    .trim();
  return line.length > maxText ? `${line.slice(0, maxText - 1)}…` : line;
}

/** What was answered and what to do about it, per class. */
const answers: Readonly<Record<ErrorClass, (name: string, facts: Facts, call: AnyAwsCall) => string>> = {
  throttled: (name) => `throttled (${name}); it is asked again, slower`,
  denied: (name, _facts, call) =>
    `denied (${name}): allow the operator's role ${call.service}:${call.operation}`,
  credentials: (name) =>
    `no valid credentials (${name}): check the operator's service account, its role and AWS_REGION`,
  signature: (name) => `signature refused (${name}): check the clock and the credentials of the operator`,
  transient: (_name, facts) => transientAnswer(facts),
  notFound: refusedAnswer,
  gone: (_name, facts) =>
    facts.socketCode === undefined ? `nothing is there (HTTP ${facts.status})` : "its address does not exist",
  invalid: refusedAnswer,
};

function refusedAnswer(name: string, facts: Facts): string {
  const said = oneLine(facts.text);
  return said === "" ? `refused (${name})` : `${name}: ${said}`;
}

/** The wire code where the name is the SDK's own invention, else the name, else the status. */
function nameOf(facts: Facts): string {
  const known = facts.code !== undefined && classOfName(facts.code) !== undefined;
  const fallback = facts.status === undefined ? "unknown" : `HTTP ${facts.status}`;
  return (known ? facts.code : facts.name) ?? fallback;
}

function transientAnswer(facts: Facts): string {
  if (facts.name === "SyntaxError" || facts.name === "TypeError") {
    return facts.status === undefined
      ? `no answer (${facts.name}: ${oneLine(facts.text)})`
      : `HTTP ${facts.status} with an answer that is not AWS's; check the endpoint and the proxy`;
  }
  if (facts.status !== undefined && facts.status >= 300) return `AWS failed (HTTP ${facts.status})`;
  if (facts.socketCode !== undefined) return `not reachable (${facts.socketCode})`;
  if (facts.name === "TimeoutError" || facts.name === "AbortError") return "no answer in time";
  return `no answer (${facts.name ?? "unknown error"})`;
}

/**
 * Says what an error of an SDK call means. The message is one short line that names the call and, when it was
 * denied, the IAM action to allow; it never holds headers, signatures or keys.
 */
export function classify(error: unknown, call: AnyAwsCall): ClassifiedError {
  if (error instanceof RoleRefused) {
    const { kind } = error.problem;
    const message = `${call.operation} in ${call.region}: ${error.problem.message}`;
    return { problem: { kind, message }, retryable: kind !== "denied" };
  }
  const facts = factsOf(error);
  const kind = classOf(facts, call);
  const ending = kind === "denied" || kinds[kind] === "notFound" ? endings[call.service] : undefined;
  const answer = answers[kind](nameOf(facts), facts, call);
  const message = `${call.operation} in ${call.region}: ${answer}${ending === undefined ? "" : `; ${ending}`}`;
  const problem: AccessProblem = { kind: kinds[kind], message };
  return { problem, retryable: kind === "throttled" || kind === "transient" };
}
