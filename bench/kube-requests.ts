import type { AuditedRequest } from "../test/control-plane/audit.ts";

/** How the operator calls itself; other clients of the same run have other names. */
const operator = /^modelrollout\//;

/** Requests of the operator in a time, sorted by what they are for. */
export type RequestCount = {
  /** Everything but the three below. */
  readonly total: number;
  /** Of `total`, by verb. */
  readonly verbs: Readonly<Record<string, number>>;
  /** Of `total`: what changes something. Dry runs and questions to the API server's admission are among them. */
  readonly writes: number;
  /** Events, as people see them in `kubectl describe`: best effort, and behind a rate limit of their own. */
  readonly events: number;
  /** Reads and renewals of the Lease. */
  readonly lease: number;
  /** Watches that were opened: the API server ends each after 5 to 10 minutes. */
  readonly watches: number;
};

const reads = ["get", "list", "watch"];

/** The operator's requests that arrived within [`from`, `to`), in milliseconds since 1970. */
export function operatorRequests(
  log: readonly AuditedRequest[],
  from = 0,
  to = Infinity,
): readonly AuditedRequest[] {
  return log.filter(
    ({ userAgent, receivedAt }) => operator.test(userAgent) && receivedAt >= from && receivedAt < to,
  );
}

/** Counts requests. */
export function countRequests(requests: readonly AuditedRequest[]): RequestCount {
  const verbs: Record<string, number> = {};
  let [writes, events, lease, watches] = [0, 0, 0, 0];
  for (const { verb, resource } of requests) {
    if (resource === "events") events += 1;
    else if (resource === "leases") lease += 1;
    else if (verb === "watch") watches += 1;
    else {
      verbs[verb] = (verbs[verb] ?? 0) + 1;
      if (!reads.includes(verb)) writes += 1;
    }
  }
  const total = Object.values(verbs).reduce((sum, count) => sum + count, 0);
  return { total, verbs, writes, events, lease, watches };
}

/** `create 5, get 3, patch 12`. */
export function verbsInWords({ verbs }: RequestCount): string {
  const named = Object.entries(verbs).sort(([one], [other]) => one.localeCompare(other));
  return named.length === 0 ? "none" : named.map(([verb, count]) => `${verb} ${count}`).join(", ");
}

/** What was asked for, most frequent first: `update modelrollouts/status` and how often. */
export function requestKinds(requests: readonly AuditedRequest[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const { verb, resource = "", subresource, uri } of requests) {
    const what = resource === "" ? uri : subresource === undefined ? resource : `${resource}/${subresource}`;
    const dry = uri.includes("dryRun=") ? " (dry run)" : "";
    const kind = `${verb} ${what}${dry}`;
    counts[kind] = (counts[kind] ?? 0) + 1;
  }
  return Object.fromEntries(Object.entries(counts).sort(([, one], [, other]) => other - one));
}
