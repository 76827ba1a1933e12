import type { ConditionObject, ContainerStatus, DeploymentObject, PodObject } from "./objects.ts";

/** Waiting reasons that no more waiting will cure, the more telling first. */
const waitingReasons = [
  "CreateContainerConfigError",
  "CreateContainerError",
  "InvalidImageName",
  "ErrImageNeverPull",
  "ImagePullBackOff",
  "ErrImagePull",
  "RunContainerError",
  "CrashLoopBackOff",
];

interface Finding {
  readonly rank: number;
  readonly pod: string;
  readonly text: string;
}

/**
 * Why pods are not Ready, in one line, when Kubernetes says: the worst finding, and how many pods share it.
 * Pods that are merely loading are no trouble.
 *
 * @param pods pods of the present revision, neither terminating nor Ready
 */
export function troubleOf(deployment: DeploymentObject, pods: readonly PodObject[]): string | undefined {
  const failure = deployment.status?.conditions?.find(
    ({ type, status }) => type === "ReplicaFailure" && status === "True",
  );
  if (failure !== undefined) return oneLine(`pods cannot be created: ${sentence(failure)}`);
  const findings = pods.flatMap(findingsOf).sort((left, right) => left.rank - right.rank);
  const worst = findings[0];
  if (worst === undefined) return undefined;
  const sharing = new Set(findings.filter(({ rank }) => rank === worst.rank).map(({ pod }) => pod)).size;
  const others = sharing > 1 ? ` (and ${sharing - 1} more)` : "";
  return oneLine(`pod ${worst.pod}${others}: ${worst.text}`);
}

function findingsOf(pod: PodObject): readonly Finding[] {
  const name = pod.metadata.name ?? "";
  const { conditions = [], containerStatuses = [], initContainerStatuses = [] } = pod.status ?? {};
  const waiting = [...initContainerStatuses, ...containerStatuses].flatMap((container) => {
    const rank = waitingReasons.indexOf(container.state?.waiting?.reason ?? "");
    return rank < 0 ? [] : [{ rank, pod: name, text: waitingText(container) }];
  });
  const unscheduled = conditions
    .filter(
      ({ type, status, reason }) =>
        type === "PodScheduled" && status === "False" && reason === "Unschedulable",
    )
    .map((condition) => ({ rank: waitingReasons.length, pod: name, text: sentence(condition) }));
  return [...waiting, ...unscheduled];
}

function waitingText({ name, state, lastState }: ContainerStatus): string {
  const { reason = "", message } = state?.waiting ?? {};
  const ended = lastState?.terminated;
  const end =
    ended === undefined
      ? ""
      : `; last exit code ${ended.exitCode ?? "unknown"}${ended.reason ? ` (${ended.reason})` : ""}`;
  return `container ${name}: ${reason}${message ? `: ${message}` : ""}${end}`;
}

function sentence({ reason, message }: ConditionObject): string {
  return [reason, message].filter((part) => part !== undefined && part !== "").join(": ");
}

/** At most 300 characters, without line breaks. */
function oneLine(text: string): string {
  const line = text.replaceAll(/\s+/g, " ").trim();
  return line.length <= 300 ? line : `${line.slice(0, 299)}…`;
}
