/** Reasons of Deployments, Services, pods and their capacity. */
import { blocked, type ReasonEntry, underWay } from "./reason-entry.ts";

export const workloadReasons = {
  NameTaken: {
    conditions: blocked,
    event: "Warning",
    meaning: "An object that the operator would make exists already and is not its own.",
    action: "Delete or rename the object named in the message, or give the ModelRollout another name.",
  },
  TemplateInvalid: {
    conditions: blocked,
    event: "Warning",
    meaning: "The API server refuses the pod template.",
    action: "The message has the API server's answer. Correct `spec.template`.",
  },
  CapacityPending: {
    conditions: underWay,
    meaning: "Fewer pods are Ready, and healthy in their target group, than the next weight needs.",
    action: "Nothing, or look at the pods: the message has what Kubernetes says of them.",
  },
  CanaryUnavailable: {
    conditions: blocked,
    event: "Warning",
    meaning: "The canary has less capacity than its weight needs, and was taken back.",
    action: "Look at the pods of the revision named in the message, then retry.",
  },
  NoStableCapacity: {
    conditions: blocked,
    event: "Warning",
    meaning:
      "No target of the stable version is healthy while the canary's are: its capacity is restored before the traffic goes back.",
    action: "Look at the stable version's pods at once.",
  },
  WorkloadNotFound: {
    conditions: blocked,
    event: "Warning",
    meaning: "The Deployment that `workloadRef` names does not exist.",
    action: "Create it, or correct the name.",
  },
  PolicyInTheWay: {
    conditions: blocked,
    event: "Warning",
    meaning:
      "The admission policies for Deployments rolled in place stand, but let another identity than the operator's through.",
    action: "Name the operator's service account in the policy that the message names.",
  },
  TooFewReplicas: {
    conditions: underWay,
    event: "Warning",
    meaning: "A Deployment rolled in place was scaled down so far that the step's share would be all of it.",
    action:
      "Nothing: the stable version gets what is left, and the release begins again when there are more replicas.",
  },
  DeploymentReplaced: {
    conditions: [],
    event: "Warning",
    meaning:
      "A Deployment rolled in place was deleted and made anew with another template, which is the stable one now.",
    action:
      "Change a Deployment instead of making it anew: its first template starts before anyone can stop it.",
  },
  SlotRebuilt: {
    conditions: [],
    event: "Warning",
    meaning: "A Deployment, Service or binding of a slot was deleted by somebody else, and was made again.",
    action: "Nothing.",
  },
  SettingsDeferred: {
    conditions: [],
    event: "Normal",
    meaning:
      "Somebody wrote strategy, minReadySeconds or progressDeadlineSeconds of a Deployment in the middle of its release: they take effect at the end.",
    action: "Nothing: what was written last stands at the end of the release.",
  },
  ReplicasDeferred: {
    conditions: ["Ready", "Progressing"],
    event: "Normal",
    meaning: "A lower `replicas` waits for the end of the release.",
    action: "Nothing.",
  },
} as const satisfies Record<string, ReasonEntry>;
