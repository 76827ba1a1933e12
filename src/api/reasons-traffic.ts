/** Reasons of routers and their targets. */
import { blocked, type ReasonEntry, underWay } from "./reason-entry.ts";

export const trafficReasons = {
  WeightsPending: {
    conditions: ["TrafficSettled", ...underWay],
    meaning: "A target was not yet read back with the weights asked for.",
    action: "Nothing; it is read again at once.",
  },
  RouterUnreadable: {
    conditions: [...blocked, "TrafficSettled"],
    event: "Warning",
    meaning: "A rule, listener or route could not be read or written. The weight stays where it is.",
    action: "The message has the service's answer.",
  },
  RuleNotFound: {
    conditions: [...blocked, "TrafficSettled"],
    event: "Warning",
    meaning:
      "A rule or listener that `spec.traffic.alb.rules` names, or the route of `spec.traffic.appMesh`, does not exist.",
    action: "Correct the ARN or the names, or create what is missing.",
  },
  GroupMissing: {
    conditions: [...blocked, "TrafficSettled"],
    event: "Warning",
    meaning:
      "A rule does not forward to both target groups, a route not to both virtual nodes, or a target group does not exist.",
    action:
      "Add the group or node that the message names to the rule's forward action or the route, with weight 0.",
  },
  ThirdGroupHasWeight: {
    conditions: [...blocked, "TrafficSettled"],
    event: "Warning",
    meaning:
      "A rule forwards to a third target group, or a route to a third virtual node, with a weight above 0.",
    action: "Set that weight to 0, or take the group or node out.",
  },
  NotAForward: {
    conditions: [...blocked, "TrafficSettled"],
    event: "Warning",
    meaning: "A rule's last action is not a forward.",
    action: "Make it a forward action with both target groups.",
  },
  StickyTargets: {
    conditions: [...blocked, "TrafficSettled"],
    event: "Warning",
    meaning:
      "The target groups' own stickiness forbids that the rule's stickiness is turned off when a group is emptied.",
    action: "Turn stickiness off in the attributes of the target groups.",
  },
  SplitAtFirstSight: {
    conditions: [...blocked, "TrafficSettled"],
    event: "Warning",
    meaning:
      "At the first sight the traffic is already split between the two destinations, so none of them is the stable one.",
    action: "Give one of them all the weight.",
  },
  OwnedByAnother: {
    conditions: [...blocked, "TrafficSettled"],
    event: "Warning",
    meaning: "Another ModelRollout, or another controller, drives the rule, route or Deployment.",
    action:
      "The message names who does, and what to do. After another ModelRollout let go, set the annotation modelrollout.dev/retry to `status.release`; after another controller nothing more is needed.",
  },
  NotGranted: {
    conditions: [...blocked, "TrafficSettled"],
    event: "Warning",
    meaning:
      "No tag of the rule, listener, load balancer, route or mesh lets ModelRollouts of this namespace move its weights.",
    action:
      "Whoever owns it adds the namespace to its tag `modelrollout.dev/namespaces`, as the message says; the release goes on by itself. A cluster with one team may run the operator with --require-grant=false.",
  },
  OtherAccount: {
    conditions: [...blocked, "TrafficSettled"],
    event: "Warning",
    meaning:
      "The rule or listener is in another AWS account than the role that moves this namespace's traffic.",
    action:
      "Name one of the role's account, or have the cluster's admin give the namespace a role in that account (`--aws-roles`).",
  },
  ForeignTargets: {
    conditions: blocked,
    event: "Warning",
    meaning: "The target group of a slot holds targets that are no pods of ours.",
    action: "Deregister the targets named in the message, or use an empty group.",
  },
  BindingExists: {
    conditions: blocked,
    event: "Warning",
    meaning: "Another TargetGroupBinding fills the target group of a slot.",
    action: "Delete the binding named in the message, use another group, or set `bindTargets: false`.",
  },
  Drift: {
    conditions: [...blocked, "TrafficSettled"],
    event: "Warning",
    meaning:
      "Somebody else keeps raising the canary's weight: it was put back three times within 10 minutes.",
    action:
      "Find who writes it (CloudTrail: ModifyRule, ModifyListener, UpdateRoute). It goes on by itself when a read shows the acknowledged weights.",
  },
  DriftRepaired: {
    conditions: [...underWay, "TrafficSettled"],
    event: "Warning",
    meaning:
      "Somebody else had raised the canary's weight, or edited a Deployment that the operator made; it was put back.",
    action:
      "Find who writes it (CloudTrail: ModifyRule, ModifyListener, UpdateRoute; the Deployment's managedFields).",
  },
  ForeignWeights: {
    conditions: [...underWay, "Paused", "TrafficSettled"],
    event: "Warning",
    meaning: "Somebody else has lowered the canary's weight. It is not raised again without a person.",
    action: "Set the annotation modelrollout.dev/approve to the value of `status.awaiting`, or abort.",
  },
  StickinessOff: {
    conditions: [...underWay, "TrafficSettled"],
    event: "Normal",
    meaning:
      "The rule's stickiness is off so that cookies lead no client to an emptied group; `status.stickiness` says until when.",
    action: "Nothing.",
  },
  AccessDenied: {
    conditions: [...blocked, "TrafficSettled", "AlarmsHealthy"],
    event: "Warning",
    meaning: "AWS or the API server denies a call, or there are no valid credentials.",
    action: "The message has the call and the answer. Check the operator's IAM role and its ClusterRole.",
  },
  Throttled: {
    conditions: [...underWay, "TrafficSettled", "AlarmsHealthy"],
    event: "Warning",
    meaning: "AWS throttles the operator's calls. The weight stays where it is.",
    action:
      "Nothing; it tries again. If it stays so, look for others that use up the account's request rate.",
  },
  Unreachable: {
    conditions: [...underWay, "TrafficSettled", "AlarmsHealthy"],
    event: "Warning",
    meaning: "AWS does not answer. The weight stays where it is.",
    action: "Check the network, DNS and endpoints of the operator.",
  },
} as const satisfies Record<string, ReasonEntry>;
