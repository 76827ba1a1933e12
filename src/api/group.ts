/** Names that users, other tools and stored objects rely on. They never change within v1alpha1. */

export const group = "modelrollout.dev";
export const version = "v1alpha1";
export const kind = "ModelRollout";
export const plural = "modelrollouts";
export const singular = "modelrollout";
export const shortName = "mro";
export const category = "rollouts";
export const apiVersion = `${group}/${version}` as const;

/** Holds a deletion back until all traffic is on the stable version again. */
export const finalizer = `${group}/traffic`;

/** Annotations by which people act. Each names the release it acts on, so that none can ever act on a later one. */
export const annotations = {
  /** `RELEASE/STEP`, the value that `status.awaiting` prints: go on from a step that waits for a person. */
  approve: `${group}/approve`,
  /** `RELEASE`: all traffic at once, without further holds and approvals. */
  promote: `${group}/promote`,
  /** `RELEASE`: take all traffic back to stable. */
  abort: `${group}/abort`,
  /** `RELEASE`: release a failed revision again, or try a blocked one again. */
  retry: `${group}/retry`,
  /** `RELEASE`: alarms are recorded, not obeyed, in this release and its retain. */
  overrideAlarms: `${group}/override-alarms`,
  /** `"true"`: a deletion leaves what the operator made standing, on stable. */
  keep: `${group}/keep`,
} as const;

/** Annotations that the operator puts on a Deployment that is rolled in place. */
export const notes = {
  /** On a Deployment that is rolled in place, while a release runs: its settings as the operator last wrote them. */
  settings: `${group}/settings`,
  /** On a Deployment that is rolled in place, on the way back: `RELEASE REASON [NEXT]`, so that it is known for what it is. */
  takenBack: `${group}/taken-back`,
} as const;

/** Labels that the operator puts on the objects it makes. */
export const labels = {
  /** Name of the ModelRollout. */
  rollout: `${group}/rollout`,
  /** `a` or `b`; also part of the selectors of the slots' Deployments and Services. */
  slot: `${group}/slot`,
  /** Revision of the pod template, 10 hex characters. */
  revision: `${group}/revision`,
  /** On a Deployment that is rolled in place: name of its ModelRollout. The start policy selects by it. */
  adopted: `${group}/adopted`,
  /** On it while a release runs: the revision that the user's own settings are stored with. For the brake policy. */
  released: `${group}/released`,
} as const;
