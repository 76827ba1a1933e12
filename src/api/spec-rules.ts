/** Rules that join parts of the spec. Those of one part alone stand beside its schema. */
import { type Rule, ratcheted } from "./fields.ts";

const slotted = "(has(self.traffic.alb) || has(self.traffic.appMesh))";
const newOne = "delete this ModelRollout and create another one";

const workload: readonly Rule[] = [
  {
    rule: "!has(self.template) || !has(self.workloadRef)",
    message:
      "spec.template and spec.workloadRef exclude each other: write template for pods that the operator makes, or workloadRef for a Deployment that exists",
  },
  {
    rule: "has(self.template) || has(self.workloadRef) || has(self.destination)",
    message:
      "spec must say what is released: write template, workloadRef or, when the targets live outside, destination",
  },
  {
    rule: "!has(self.destination) || (!has(self.template) && !has(self.workloadRef))",
    message:
      "spec.destination goes without a workload only: remove it, the operator chooses the destination by itself",
    fieldPath: ".destination",
    reason: "FieldValueForbidden",
  },
  {
    rule: "!has(self.workloadRef) || has(self.traffic.rollingUpdate)",
    message:
      "spec.workloadRef goes with spec.traffic.rollingUpdate only: with alb and appMesh write spec.template, from which two Deployments are made",
    fieldPath: ".workloadRef",
    reason: "FieldValueForbidden",
  },
  {
    rule: "has(self.template) || has(self.workloadRef) || !has(self.destination) || !has(self.traffic.rollingUpdate)",
    message: "spec.traffic.rollingUpdate needs pods: write template or workloadRef instead of destination",
  },
];

const pods: readonly Rule[] = [
  {
    rule: "!has(self.template) || has(self.replicas)",
    message: "spec.template needs spec.replicas: write the number of pods at full size",
    fieldPath: ".replicas",
    reason: "FieldValueRequired",
  },
  {
    rule: "!has(self.template) || has(self.selector)",
    message: "spec.template needs spec.selector: write selector.matchLabels, labels that the template has",
    fieldPath: ".selector",
    reason: "FieldValueRequired",
  },
  {
    rule: "has(self.template) || !has(self.replicas)",
    message:
      "spec.replicas goes with spec.template only: remove it, the size of a Deployment that exists or of targets outside is not set here",
    fieldPath: ".replicas",
    reason: "FieldValueForbidden",
  },
  {
    rule: "has(self.template) || !has(self.selector)",
    message: "spec.selector goes with spec.template only: remove it",
    fieldPath: ".selector",
    reason: "FieldValueForbidden",
  },
  {
    rule: "!has(self.template) || !has(self.selector) || (has(self.template.metadata) && has(self.template.metadata.labels) && self.selector.matchLabels.all(key, key in self.template.metadata.labels && self.template.metadata.labels[key] == self.selector.matchLabels[key]))",
    message:
      "spec.selector.matchLabels must match spec.template.metadata.labels: give the template every label of the selector, with the same value",
    fieldPath: ".selector.matchLabels",
  },
];

const model: readonly Rule[] = [
  {
    rule: "!has(self.model) || !has(self.workloadRef)",
    message:
      "spec.model does not go with spec.workloadRef: remove it, the version shown is the label app.kubernetes.io/version of the Deployment's template, or the image's tag",
    fieldPath: ".model",
    reason: "FieldValueForbidden",
  },
  {
    rule: "!has(self.model) || !has(self.model.container) || has(self.template)",
    message: "spec.model.container goes with spec.template only: remove it",
    fieldPath: ".model.container",
    reason: "FieldValueForbidden",
  },
  {
    rule: "!has(self.model) || !has(self.model.container) || !has(self.template) || self.template.spec.containers.exists(each, each.name == self.model.container)",
    message: "spec.model.container must be the name of a container in spec.template",
    messageExpression:
      "'spec.model.container is ' + self.model.container + ', but spec.template has no container of that name'",
    fieldPath: ".model.container",
  },
];

const destinations: readonly Rule[] = [
  {
    rule: `!has(self.destination) || !${slotted} || self.destination in ['a', 'b']`,
    message: "spec.destination must be a or b with alb and appMesh",
    fieldPath: ".destination",
  },
  {
    rule: `!has(self.analysis) || !has(self.analysis.alarms) || !${slotted} || self.analysis.alarms.all(alarm, !has(alarm.destination) || alarm.destination in ['a', 'b'])`,
    message: "spec.analysis.alarms[].destination must be a or b with alb and appMesh",
  },
  {
    rule: "!has(self.analysis) || !has(self.analysis.alarms) || !has(self.traffic.rollingUpdate) || !self.analysis.alarms.exists(alarm, has(alarm.destination))",
    message:
      "spec.analysis.alarms[].destination does not go with rollingUpdate, which has no destinations: remove it",
  },
];

const traffic: readonly Rule[] = [
  {
    rule: "!has(self.template) || !has(self.traffic.alb) || has(self.traffic.alb.service) || (has(self.traffic.alb.bindTargets) && !self.traffic.alb.bindTargets)",
    message:
      "spec.template behind an ALB needs spec.traffic.alb.service: write service.port for the Services of the slots, or bindTargets: false when the pods are registered by other means",
    fieldPath: ".traffic.alb.service",
    reason: "FieldValueRequired",
  },
  {
    rule: "has(self.template) || !has(self.traffic.alb) || (!has(self.traffic.alb.service) && !has(self.traffic.alb.binding))",
    message: "spec.traffic.alb: service and binding go with spec.template only: remove them",
  },
  {
    rule: "!has(self.traffic.rollingUpdate) || !has(self.traffic.rollingUpdate.maxSurge) || !(self.traffic.rollingUpdate.maxSurge == 0 || self.traffic.rollingUpdate.maxSurge == '0%') || !has(self.strategy.rollback) || !has(self.strategy.rollback.minAvailable) || self.strategy.rollback.minAvailable != '100%'",
    message:
      "spec.strategy.rollback.minAvailable cannot be 100% with maxSurge 0: no pod could be exchanged on the way back",
    fieldPath: ".strategy.rollback.minAvailable",
  },
];

const transitions: readonly Rule[] = [
  {
    rule: "has(self.template) == has(oldSelf.template) && has(self.workloadRef) == has(oldSelf.workloadRef)",
    message: `spec cannot change between template, workloadRef and destination: ${newOne}`,
  },
];

export const specRules: readonly Rule[] = [
  ...[...workload, ...pods, ...model, ...destinations, ...traffic].flatMap(ratcheted),
  ...transitions,
];
