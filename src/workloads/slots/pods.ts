import { labels } from "../../api/group.ts";
import type { PodObject } from "./objects.ts";

/** Whether a pod takes part: one that has Succeeded or Failed (evicted) lies about for long, but runs nothing. */
export function isAlive(pod: PodObject): boolean {
  const phase = pod.status?.phase;
  return phase !== "Succeeded" && phase !== "Failed";
}

/** Ready and not on its way out. */
export function isReady(pod: PodObject): boolean {
  return (
    pod.metadata.deletionTimestamp === undefined &&
    isAlive(pod) &&
    (pod.status?.conditions ?? []).some(({ type, status }) => type === "Ready" && status === "True")
  );
}

/** Revision that the pod was made from. */
export function revisionOf(pod: PodObject): string | undefined {
  return pod.metadata.labels?.[labels.revision];
}

/** All IPs of a pod, in lower case; none before it has one. */
export function addressesOf(pod: PodObject): readonly string[] {
  const all = [pod.status?.podIP, ...(pod.status?.podIPs ?? []).map(({ ip }) => ip)];
  return [...new Set(all.flatMap((ip) => (ip === undefined || ip === "" ? [] : [ip.toLowerCase()])))];
}
