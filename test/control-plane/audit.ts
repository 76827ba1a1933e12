import { readFile } from "node:fs/promises";

/**
 * Metadata of every request, once each, when it is answered (a watch: when it starts). Probes are left out.
 * See https://kubernetes.io/docs/tasks/debug/debug-cluster/audit/
 */
export const auditPolicy = `apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived]
rules:
  - level: None
    nonResourceURLs: ["/readyz*", "/livez*", "/healthz*"]
  - level: Metadata
`;

/** One answered request, as the API server saw it. */
export type AuditedRequest = {
  /** When it arrived, in milliseconds since 1970. */
  readonly receivedAt: number;
  readonly userAgent: string;
  readonly user: string;
  /** `get`, `list`, `watch`, `create`, `update`, `patch`, `delete`, `deletecollection`; in lower case for others. */
  readonly verb: string;
  readonly uri: string;
  readonly resource?: string;
  readonly subresource?: string;
  readonly namespace?: string;
  readonly name?: string;
  /** HTTP status of the answer. */
  readonly code?: number;
};

type AuditEvent = {
  stage: string;
  verb: string;
  requestURI: string;
  userAgent?: string;
  user: { username?: string };
  requestReceivedTimestamp: string;
  responseStatus?: { code?: number };
  objectRef?: { resource?: string; subresource?: string; namespace?: string; name?: string };
};

/** Reads the audit log: each request once. A line that is being written at this moment is left for the next read. */
export async function readAuditLog(file: string): Promise<readonly AuditedRequest[]> {
  const text = await readFile(file, "utf8");
  const lines = text.slice(0, text.lastIndexOf("\n") + 1).split("\n");
  return lines
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as AuditEvent)
    .filter((event) => event.stage === (event.verb === "watch" ? "ResponseStarted" : "ResponseComplete"))
    .map(toRequest);
}

/** How many requests each user agent made (the part before the first space, as `kubectl/v1.36.3`). */
export function countByUserAgent(requests: readonly AuditedRequest[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { userAgent } of requests) {
    const agent = userAgent.split(" ")[0] ?? "";
    counts.set(agent, (counts.get(agent) ?? 0) + 1);
  }
  return counts;
}

function toRequest(event: AuditEvent): AuditedRequest {
  const code = event.responseStatus?.code;
  return {
    receivedAt: Date.parse(event.requestReceivedTimestamp),
    userAgent: event.userAgent ?? "",
    user: event.user.username ?? "",
    verb: event.verb,
    uri: event.requestURI,
    ...event.objectRef,
    ...(code === undefined ? {} : { code }),
  };
}
