import { describe, expect, test } from "vitest";
import { useControlPlane } from "../control-plane/shared.ts";
import { type Fields, messageOf, pathOf, rollout } from "./cases.ts";

const cluster = useControlPlane();
const newOne = "delete this ModelRollout and create another one";

interface Change {
  readonly it: string;
  readonly base: string;
  /** A merge patch of the spec. */
  readonly set: Fields;
  readonly says?: string;
}

const alb = {
  rules: [
    {
      arn: "arn:aws:elasticloadbalancing:us-east-1:123456789012:listener/app/edge/50dc6c495c0c9188/f2f7dc8efc522ab2",
    },
  ],
  targetGroups: {
    a: "arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/sentiment-a/73e2d6bc24d8a067",
    b: "arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/sentiment-b/84f3e7cd35e9b178",
  },
  service: { port: 8080 },
};

const refused: readonly Change[] = [
  {
    it: "another kind of traffic",
    base: "mesh",
    set: { traffic: { appMesh: null, alb } },
    says: `spec.traffic: Invalid value: spec.traffic cannot change its kind: ${newOne}`,
  },
  {
    it: "a template in the place of a Deployment",
    base: "adopted",
    set: {
      workloadRef: null,
      replicas: 1,
      selector: { matchLabels: { app: "sentiment" } },
      template: { metadata: { labels: { app: "sentiment" } }, spec: { containers: [{ name: "server" }] } },
    },
    says: `spec: Invalid value: spec cannot change between template, workloadRef and destination: ${newOne}`,
  },
  {
    it: "a Deployment in the place of a template",
    base: "owned",
    set: {
      template: null,
      replicas: null,
      selector: null,
      workloadRef: { apiVersion: "apps/v1", kind: "Deployment", name: "sentiment" },
    },
    says: `spec: Invalid value: spec cannot change between template, workloadRef and destination: ${newOne}`,
  },
  {
    it: "a destination in the place of a template",
    base: "mesh",
    set: { template: null, replicas: null, selector: null, destination: "b" },
    says: `spec: Invalid value: spec cannot change between template, workloadRef and destination: ${newOne}`,
  },
  {
    it: "another Deployment",
    base: "adopted",
    set: { workloadRef: { name: "other" } },
    says: `spec.workloadRef.name: Invalid value: "other": spec.workloadRef.name cannot change: ${newOne}`,
  },
  {
    it: "another selector",
    base: "slots",
    set: {
      selector: { matchLabels: { tier: "models" } },
      template: { metadata: { labels: { tier: "models" } } },
    },
    says: `spec.selector: Invalid value: spec.selector cannot change: ${newOne}`,
  },
];

const accepted: readonly Change[] = [
  {
    it: "a new template and model",
    base: "slots",
    set: {
      model: { version: "v9" },
      template: { spec: { containers: [{ name: "server", image: "registry.example/sentiment:v9" }] } },
    },
  },
  { it: "another size", base: "slots", set: { replicas: 9 } },
  {
    it: "a preset in the place of steps",
    base: "slots",
    set: { strategy: { steps: null, preset: "AllAtOnce" } },
  },
  { it: "other alarms", base: "slots", set: { analysis: { alarms: [{ name: "p99", onAlarm: "Pause" }] } } },
  // Not in the middle of a release: that is seen by the operator, for a rule may not join spec and status.
  { it: "another rule", base: "slots", set: { traffic: { alb: { rules: alb.rules } } } },
  { it: "another destination", base: "outside", set: { destination: "a" } },
  { it: "another maxSurge", base: "adopted", set: { traffic: { rollingUpdate: { maxSurge: "10%" } } } },
  { it: "paused", base: "slots", set: { paused: true } },
];

let count = 0;

async function change({ base, set }: Change): Promise<string | undefined> {
  count += 1;
  const name = `transition-${count}`;
  await cluster.client.create(pathOf(cluster), rollout(base, {}, name));
  return messageOf(cluster.client.patch(pathOf(cluster, name), "merge", { spec: set }));
}

describe("refused", () => {
  test.each(refused)("$base: $it", async (row) => {
    expect(await change(row)).toBe(row.says);
  });
});

describe("accepted", () => {
  test.each(accepted)("$base: $it", async (row) => {
    expect(await change(row)).toBeUndefined();
  });
});
