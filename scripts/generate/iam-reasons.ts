/** Why the operator makes an AWS call. The page docs/reference/iam.md needs one for each action of deploy/iam/policy.json and deploy/iam/assume-roles.json. */
export interface IamReason {
  readonly why: string;
  /** When it is made. */
  readonly when: string;
}

/** By IAM action. */
export const iamReasons: Readonly<Record<string, IamReason>> = {
  "cloudwatch:DescribeAlarms": {
    why: "The states of the alarms that judge: one call for up to 100 names, for all rollouts of an account and region together.",
    when: "At every alarm poll, while something is released or retained.",
  },
  "cloudwatch:DescribeAlarmHistory": {
    why: "Whether an alarm that is quiet now was in ALARM between two polls.",
    when: "When an alarm's state has changed since the weight was raised.",
  },
  "elasticloadbalancing:DescribeListeners": {
    why: "The weights in a listener's default action, when `rules[].arn` is a listener.",
    when: "As DescribeRules.",
  },
  "elasticloadbalancing:DescribeRules": {
    why: "The weights as they are: before a write, to read it back, and to see what others have written.",
    when: "At every alarm poll in a release, at every drift poll at rest; many rules in one call.",
  },
  "elasticloadbalancing:DescribeTags": {
    why: "Whose rule it is: one that another controller owns, or that no tag grants to the namespace, is not touched.",
    when: "With a read of the weights, once in five minutes for each rule.",
  },
  "elasticloadbalancing:DescribeTargetGroupAttributes": {
    why: "Stickiness of the target groups themselves, which would keep clients on a version that was taken out.",
    when: "With a read of the weights, once in five minutes for each group.",
  },
  "elasticloadbalancing:DescribeTargetHealth": {
    why: "How many of a version's own pods are healthy in its target group, and whether foreign targets are there.",
    when: "While a version has weight in a release or waits for capacity: once for each group and alarm poll.",
  },
  "elasticloadbalancing:ModifyListener": {
    why: "The weights of the two groups, in a listener's default action.",
    when: "A step, a rollback, a repair; only when `rules[].arn` is a listener.",
  },
  "elasticloadbalancing:ModifyRule": {
    why: "The weights of the two groups, in a rule's forward action. All else in the rule is written back as it was read.",
    when: "A step, a rollback, a repair.",
  },
  "sts:AssumeRole": {
    why: "Credentials of a namespace's own role, with the external id CLUSTER/NAMESPACE.",
    when: "Only with `--aws-roles`: when a rollout of such a namespace is first seen, and once in 45 minutes.",
  },
  "appmesh:DescribeRoute": {
    why: "The weights of the route, and its whole spec, from which each write is made.",
    when: "Only with `traffic.appMesh`: as DescribeRules.",
  },
  "appmesh:ListTagsForResource": {
    why: "Whose route it is: one of CloudFormation's, or that no tag of route or mesh grants to the namespace, is not touched.",
    when: "Only with `traffic.appMesh`: with a read of the weights, once in five minutes.",
  },
  "appmesh:UpdateRoute": {
    why: "The weights of the two nodes. IAM wants the right on the route's virtual nodes too.",
    when: "Only with `traffic.appMesh`: a step, a rollback, a repair.",
  },
};
