import { type KubeObject, microTime, type ObjectMeta } from "./kube-object.ts";

/**
 * The record that replicas contend for (`coordination.k8s.io/v1` Lease), and what may be concluded from it.
 * Pure: the elector (leader-election.ts) reads, writes and keeps the time.
 *
 * Who holds it is the record's `holderIdentity`; that it is *still* held is judged by an observer only from its
 * own monotonic clock: the record has changed within `leaseDurationSeconds`. The times written in it are for
 * people. So clocks may differ between nodes, and may be set, without two leaders.
 */
export interface Lease extends KubeObject {
  readonly spec?: LeaseSpec;
}

export interface LeaseSpec {
  readonly holderIdentity?: string;
  readonly leaseDurationSeconds?: number;
  readonly acquireTime?: string;
  readonly renewTime?: string;
  readonly leaseTransitions?: number;
}

/** A lease as last read, and when (monotonic ms) the reader first saw it in this version. */
export interface Observation {
  readonly lease: Lease;
  readonly since: number;
}

/** Takes a fresh read: an unchanged record keeps the time at which it was first seen. */
export function observe(previous: Observation | undefined, lease: Lease, now: number): Observation {
  const unchanged =
    previous !== undefined &&
    previous.lease.metadata.uid === lease.metadata.uid &&
    previous.lease.metadata.resourceVersion === lease.metadata.resourceVersion;
  return { lease, since: unchanged ? previous.since : now };
}

/** Whether `identity` may take the lease: nobody holds it, it does itself, or the holder has been still too long. */
export function isFree(observation: Observation, identity: string, durationMs: number, now: number): boolean {
  const { holderIdentity, leaseDurationSeconds } = observation.lease.spec ?? {};
  if (holderIdentity === undefined || holderIdentity === "" || holderIdentity === identity) return true;
  // The holder counts on the duration it wrote; whoever waits at least that long cannot be too early.
  const promisedMs = Math.max(durationMs, (leaseDurationSeconds ?? 0) * 1_000);
  return now - observation.since >= promisedMs;
}

/** The record with `identity` as its holder, renewed at `wallMs`; the rest of a known lease is kept. */
export function held(
  previous: Lease | undefined,
  meta: ObjectMeta,
  identity: string,
  durationMs: number,
  wallMs: number,
): Lease {
  const time = microTime(wallMs);
  const spec = previous?.spec ?? {};
  const mine = spec.holderIdentity === identity;
  return {
    apiVersion: "coordination.k8s.io/v1",
    kind: "Lease",
    metadata: previous?.metadata ?? meta,
    spec: {
      ...spec,
      holderIdentity: identity,
      leaseDurationSeconds: Math.ceil(durationMs / 1_000),
      acquireTime: mine ? (spec.acquireTime ?? time) : time,
      renewTime: time,
      leaseTransitions: (spec.leaseTransitions ?? 0) + (mine || previous === undefined ? 0 : 1),
    },
  };
}

/** The record given back: anyone may take it at once. */
export function released(lease: Lease, wallMs: number): Lease {
  return {
    ...lease,
    spec: { ...lease.spec, holderIdentity: "", leaseDurationSeconds: 1, renewTime: microTime(wallMs) },
  };
}
