import type { Runbook } from "./runbook.ts";

const untouched = "Nothing of the rule is touched, and it is looked at again by itself.";

export const trafficRunbooks: Readonly<Record<string, Runbook>> = {
  WeightsPending: {
    meanwhile: "The weights are read again at once, and written again where they differ.",
    check: ["rollout", "rule"],
  },
  RouterUnreadable: {
    meanwhile: "The weight stays. A rollback is written all the same, from what was last known.",
    check: ["rule", "operator"],
  },
  RuleNotFound: {
    meanwhile: "Nothing is written. A release under way is held until `stepTimeout`.",
    check: ["rule"],
    further:
      "Was it made anew by Terraform or a controller? Then its ARN is another one: write that into the spec.",
  },
  GroupMissing: { meanwhile: untouched, check: ["rule"] },
  ThirdGroupHasWeight: {
    meanwhile: untouched,
    check: ["rule", "who"],
    further: "A third group with weight 0 may stay.",
  },
  NotAForward: { meanwhile: untouched, check: ["rule"] },
  StickyTargets: { meanwhile: untouched, check: ["rule"] },
  SplitAtFirstSight: { meanwhile: untouched, check: ["rule", "who"] },
  OwnedByAnother: {
    meanwhile:
      "Nothing is touched: neither the rule nor the Deployment. A release that was under way goes on.",
    check: ["rollout", "rule", "deployment"],
  },
  NotGranted: { meanwhile: untouched, check: ["rule"] },
  OtherAccount: {
    meanwhile: "AWS is not even asked.",
    check: ["rollout", "operator"],
  },
  ForeignTargets: {
    meanwhile: "No binding is made, and the group gets no weight.",
    check: ["rule", "pods"],
  },
  BindingExists: { meanwhile: "No binding is made, and the group gets no weight.", check: ["rule", "pods"] },
  Drift: {
    meanwhile:
      "The weights stay as the other one wrote them; alarms still take the traffic back, and a rollback writes at every mismatch.",
    check: ["rule", "who"],
    further:
      "Terraform: `ignore_changes` on the action's forward block. The load balancer controller: use a rule that no Ingress makes.",
  },
  DriftRepaired: {
    meanwhile: "Ours stand again. Three repairs within ten minutes are the last: then it is Drift.",
    check: ["rule", "who", "deployment"],
  },
  ForeignWeights: {
    meanwhile: "The lower weight stands. It is read as a person's wish and never raised by itself.",
    check: ["rule", "who"],
  },
  StickinessOff: {
    meanwhile: "It is put back as it was when the cookies' life has passed.",
    check: ["rollout", "rule"],
  },
  AccessDenied: {
    meanwhile: "The weight stays. It is tried again, slower each time, and goes on by itself.",
    check: ["operator"],
    further:
      "With `--aws-roles`: the message names the role and the external id that its trust policy must allow. A condition on tags denies rules that lack `modelrollout.dev/namespaces`.",
  },
  Throttled: {
    meanwhile: "Reads are spread; a rollback has requests and a connection of its own.",
    check: ["operator", "who"],
  },
  Unreachable: {
    meanwhile:
      "The weight stays; everything is tried again. Blind for `unreadable.rollbackAfter`, the canary is taken back as soon as AWS answers.",
    check: ["operator"],
  },
};
