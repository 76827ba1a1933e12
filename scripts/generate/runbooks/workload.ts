import type { Runbook } from "./runbook.ts";

export const workloadRunbooks: Readonly<Record<string, Runbook>> = {
  NameTaken: {
    meanwhile: "The other object is left as it is; nothing is made beside it.",
    check: ["rollout", "pods"],
    further:
      "Left over from a ModelRollout whose finalizer was taken off? Then all of it carries the label `modelrollout.dev/rollout=NAME`: look where the traffic is, and delete it.",
  },
  TemplateInvalid: {
    meanwhile: "Nothing was made. The stable version has all the traffic.",
    check: ["rollout"],
    further:
      "`kubectl modelrollout lint FILE --server` asks the API server beforehand. Quotas and admission policies refuse templates too; those are asked about again by themselves.",
  },
  CapacityPending: {
    meanwhile: "The weight stays until there are enough; `stepTimeout` ends it.",
    check: ["pods", "rule"],
  },
  CanaryUnavailable: {
    meanwhile: "The stable version has all the traffic.",
    check: ["pods", "rollout"],
  },
  NoStableCapacity: {
    meanwhile:
      "The traffic stays on the canary, whatever the alarms say: it would otherwise go to nobody. Stable's pods are scaled up.",
    check: ["pods", "rule"],
  },
  WorkloadNotFound: {
    meanwhile: "It is looked for every two seconds, after ten minutes every minute.",
    check: ["deployment"],
  },
  PolicyInTheWay: {
    meanwhile: "The Deployment is not touched.",
    check: ["deployment", "operator"],
    further:
      "The install manifest and the chart name it by themselves; kustomize needs it where the namespace or the name of the service account was changed.",
  },
  TooFewReplicas: { meanwhile: "The stable template runs on all replicas.", check: ["deployment"] },
  DeploymentReplaced: { meanwhile: "Its template is the stable version.", check: ["deployment"] },
  SlotRebuilt: {
    meanwhile: "It was made again from the stored revision, with the same size.",
    check: ["pods"],
    further: "If nobody knows who deleted it: the API server's audit log does.",
  },
  SettingsDeferred: {
    meanwhile: "The release goes on with the settings that it needs.",
    check: ["deployment"],
  },
  ReplicasDeferred: { meanwhile: "The larger size stays.", check: ["rollout", "pods"] },
};
