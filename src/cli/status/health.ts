import type { ModelRollout, State } from "../../api/types.ts";
import { isStale, readyMessage, readyReason } from "../act/situation.ts";

/** Health in the words of Argo CD; deploy/argocd has the same in Lua, and a test holds the two together. */
export type Health = "Healthy" | "Progressing" | "Suspended" | "Degraded";

const ofState: Readonly<Partial<Record<State, Health>>> = {
  Idle: "Healthy",
  AwaitingApproval: "Suspended",
  Paused: "Suspended",
  RolledBack: "Degraded",
  Blocked: "Degraded",
};

/** What the state comes to. A status that does not speak of the present spec says nothing about it. */
export function healthOf(rollout: ModelRollout): Health {
  const { metadata, status = {} } = rollout;
  if (metadata.deletionTimestamp !== undefined || isStale(rollout)) return "Progressing";
  // The pods are in no tree of Argo CD's: nobody else would say that they are missing.
  if (status.state === "Idle" && readyReason(status) === "CapacityPending") return "Progressing";
  return (status.state === undefined ? undefined : ofState[status.state]) ?? "Progressing";
}

/** One sentence on why. */
export function healthMessage(rollout: ModelRollout): string {
  const { metadata, status = {} } = rollout;
  if (metadata.deletionTimestamp !== undefined) return readyMessage(status) ?? "being deleted";
  if (status.state === undefined) return "no operator has looked at it yet";
  if (isStale(rollout)) return `generation ${metadata.generation} has not been looked at yet`;
  return readyMessage(status) ?? status.state;
}
