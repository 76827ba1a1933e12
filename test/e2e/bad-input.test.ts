import { describe, expect, test } from "vitest";
import type { KubeObject } from "../control-plane/api-client.ts";
import { deployment } from "../control-plane/deployments.ts";
import { deploymentOf } from "./in-place-world.ts";
import { blocked, sentenceOf } from "./sentences.ts";
import { useWorld } from "./shared.ts";

const world = useWorld();

const create = async (path: string, object: object): Promise<void> => {
  await world.client.create(path.replace("NAMESPACE", world.namespace), object);
};
const deploymentPath = (name: string): string =>
  `/apis/apps/v1/namespaces/${world.namespace}/deployments/${name}`;
/** As messages name a group. */
const shortArn = (arn: string): string => arn.slice(arn.lastIndexOf(":") + 1);
const forward = (...groups: readonly [arn: string, weight: number][]): object[] => [
  {
    Type: "forward",
    ForwardConfig: {
      TargetGroups: groups.map(([TargetGroupArn, Weight]) => ({ TargetGroupArn, Weight })),
    },
  },
];
const setActions = (RuleArn: string, Actions: readonly object[]): void => {
  world.simulator.invoke("elasticloadbalancing", "ModifyRule", { RuleArn, Actions });
};

describe("traffic that cannot be driven", () => {
  test("a rule ARN that does not exist", async () => {
    const { rollout, edge } = await world.newRollout("no-rule");
    const arn = `${edge.stack.ruleArn.slice(0, -4)}0000`;
    await rollout.apply({ alb: { rules: [{ arn }] } });
    const said = await blocked(rollout, "RuleNotFound");
    expect(said).toContain(arn);
    expect(edge.writes).toEqual([]);
  });

  test("a rule that does not forward to one of the groups", async () => {
    const { rollout, edge } = await world.newRollout("one-group");
    setActions(edge.stack.ruleArn, forward([edge.stack.group("a"), 1]));
    await rollout.apply({});
    const said = await blocked(rollout, "GroupMissing");
    expect(said).toContain(shortArn(edge.stack.group("b")));
    expect(edge.writes).toEqual([]);
  });

  test("a third group with weight", async () => {
    const { rollout, edge } = await world.newRollout("third", {
      groups: ["a", "b", "c"],
      weights: { a: 80, b: 0, c: 20 },
    });
    await rollout.apply({});
    const said = await blocked(rollout, "ThirdGroupHasWeight");
    expect(said).toContain(shortArn(edge.stack.group("c")));
    expect(edge.writes).toEqual([]);
  });

  test("a third group that gets weight between two releases: the next one does not start", async () => {
    const { rollout, edge } = await world.newRollout("third-later", { groups: ["a", "b", "c"] });
    await rollout.apply({});
    await rollout.waitForReady();
    world.simulator.elb.setWeights(edge.stack.ruleArn, { [edge.stack.group("c")]: 1 });
    const before = edge.writes.length;
    await rollout.apply({ version: "v2" });
    const said = await blocked(rollout, "ThirdGroupHasWeight");
    expect(said).toContain(shortArn(edge.stack.group("c")));
    expect(edge.writes.length).toBe(before);
  });

  test("weights that are split at the first sight, with somebody's targets behind them", async () => {
    const { rollout, edge } = await world.newRollout("split", { weights: { a: 60, b: 40 } });
    world.servers.setOutside("192.0.2.10", { version: "old" });
    world.simulator.elb.registerTargets(edge.stack.group("a"), [{ id: "192.0.2.10", port: 8080 }]);
    await rollout.apply({});
    const said = await blocked(rollout, "SplitAtFirstSight");
    expect(said).toMatch(/a 60, b 40/);
    expect(edge.writes).toEqual([]);
  });

  test("a rule that another controller has made", async () => {
    const { rollout, edge } = await world.newRollout("owned", {
      tags: { "elbv2.k8s.aws/cluster": "prod", "ingress.k8s.aws/stack": "web" },
    });
    await rollout.apply({});
    await blocked(rollout, "OwnedByAnother");
    expect(edge.writes).toEqual([]);
  });
});

describe("a rule of another team", () => {
  test("is not touched before its tag lists this namespace; then the release goes on by itself", async () => {
    const { rollout, edge } = await world.newRollout("foreign-team", {
      tags: { "modelrollout.dev/namespaces": "another-team" },
    });
    await rollout.apply({});
    const said = await blocked(rollout, "NotGranted");
    expect(said).toContain(`is not granted to namespace ${world.namespace}: its tag`);
    expect(said).toContain('says "another-team"');
    expect(edge.writes).toEqual([]);
    const bindings = `/apis/elbv2.k8s.aws/v1beta1/namespaces/${world.namespace}/targetgroupbindings`;
    const { items } = await world.client.get<{ items: readonly KubeObject[] }>(bindings);
    expect(
      items.map(({ metadata }) => metadata.name).filter((name) => name?.startsWith("foreign-team")),
    ).toEqual([]);
    world.simulator.invoke("elasticloadbalancing", "AddTags", {
      ResourceArns: [edge.stack.ruleArn],
      Tags: [{ Key: "modelrollout.dev/namespaces", Value: `another-team ${world.namespace}` }],
    });
    await rollout.waitForReady();
  });

  test("is not touched by a rollout that is pointed at it, at rest or in retain", async () => {
    const { rollout, edge } = await world.stableRollout("pointed");
    const { edge: victim } = await world.newRollout("victim", {
      tags: { "modelrollout.dev/namespaces": "another-team" },
    });
    await rollout.apply({ version: "v2", steps: [{ weight: 50, hold: "1s" }], strategy: { retain: "10m" } });
    await rollout.waitFor("it is promoted", (each) => each.status?.retained !== undefined);
    victim.setWeights({ a: 40, b: 60 });
    const [a, b] = [victim.stack.group("a"), victim.stack.group("b")];
    const pointed = { rules: [{ arn: victim.stack.ruleArn }], targetGroups: { a, b } };
    await rollout.patch({ spec: { traffic: { alb: pointed } } });
    await rollout.annotate("abort", rollout.latest?.status?.release ?? "");
    await rollout.waitForState("RolledBack");
    expect(edge.weights()).toEqual({ a: 100, b: 0 });
    await rollout.waitFor(
      "it tried to put back what it found there",
      ({ status }) => (status?.drift?.repairs?.length ?? 0) > 0,
    );
    await rollout.waitForCondition("TrafficSettled", "False", "WeightsPending");
    expect(victim.writes).toEqual([]);
  });
});

describe("two rollouts on one rule", () => {
  test("the younger stands back, naming the older, until a person says retry after the older has gone", async () => {
    const { rollout: older, edge } = await world.newRollout("older");
    await older.apply({});
    await older.waitForReady();
    const younger = world.rollouts.of({ name: "younger", edge });
    await younger.apply({});
    const said = await blocked(younger, "OwnedByAnother");
    expect(said).toContain(`${world.namespace}/older`);

    await older.apply({ version: "v2", steps: [{ weight: 50, hold: "1s" }], strategy: { retain: "1s" } });
    const done = await older.waitForReady();
    expect(done.status?.stable?.modelVersion).toBe("v2");
    await older.delete();
    await older.waitGone();
    const alone = await younger.waitFor(
      "it says how to take over",
      (each) =>
        each.status?.conditions?.some(({ message }) => message.includes("modelrollout.dev/retry")) === true,
    );
    expect(alone.status?.state).toBe("Blocked");
    const writes = edge.writes.length;
    const release = alone.status?.release ?? "";
    expect(sentenceOf(alone)).toContain(`modelrollout.dev/retry: ${release}`);
    expect(edge.writes.length).toBe(writes);
    await younger.annotate("retry", release);
    await younger.waitForReady();
  });
});

describe("alarms", () => {
  test("a name with a typo blocks the release, and the alarm's appearance lets it go on", async () => {
    const { rollout, edge } = await world.newRollout("typo");
    await rollout.apply({});
    await rollout.waitForReady();
    await rollout.apply({ version: "v2", alarms: ["typo-5xxx"] });
    const said = await blocked(rollout, "AlarmUnreadable");
    expect(said).toMatch(/typo-5xxx.*does not exist in us-east-1/);
    expect(edge.raises("b")).toEqual([]);
    edge.putManualAlarm("typo-5xxx");
    await rollout.waitForState("Holding");
  });

  test("one that does not exist is found at the very first release", async () => {
    const { rollout, edge } = await world.newRollout("typo-first");
    await rollout.apply({ alarms: ["typo-first-5xxx"] });
    const said = await blocked(rollout, "AlarmUnreadable");
    expect(said).toContain("typo-first-5xxx");
    expect(edge.writes).toEqual([]);
  });

  test("one that is firing already: the release does not start", async () => {
    const { rollout, edge } = await world.newRollout("burning");
    await rollout.apply({});
    await rollout.waitForReady();
    edge.putManualAlarm("burning-5xx", "ALARM");
    await rollout.apply({ version: "v2", alarms: ["burning-5xx"] });
    const said = await blocked(rollout, "AlarmFiring");
    expect(said).toMatch(/burning-5xx.*override-alarms/);
    expect(edge.raises("b")).toEqual([]);
  });
});

describe("the workload", () => {
  test("an image that never gets Ready is a StepTimeout that says what it waited for", async () => {
    const { rollout, edge } = await world.newRollout("never");
    await rollout.apply({});
    await rollout.waitForReady();
    const podAnnotations = { "modelrollout.dev/test-never-ready": "true" };
    await rollout.apply({ version: "v2", podAnnotations, strategy: { stepTimeout: "4s" } });
    const back = await rollout.waitForState("RolledBack");
    expect(back.status?.failedReason).toBe("StepTimeout");
    expect(sentenceOf(back)).toMatch(/not done within 4 s.*0 of 1/);
    expect(edge.raises("b")).toEqual([]);
  });

  test("a template with a typo is TemplateInvalid, in the API server's words, before anything is made", async () => {
    const { rollout, edge } = await world.newRollout("template");
    await rollout.apply({ pod: { terminationGracePeriodSecond: 5 } });
    const said = await blocked(rollout, "TemplateInvalid");
    expect(said).toMatch(/terminationGracePeriodSecond/);
    await expect(world.client.get(deploymentPath("template-a"))).rejects.toThrow(/404/);
    expect(edge.writes).toEqual([]);
    await rollout.apply({});
    await rollout.waitForReady();
    await rollout.apply({ version: "v2", pod: { restartPolicy: "Sometimes" } });
    expect(await blocked(rollout, "TemplateInvalid")).toMatch(/restartPolicy|Sometimes/);
    expect(edge.raises("b")).toEqual([]);
  });

  test("somebody's Deployment of the slot's name is left as it is: NameTaken", async () => {
    const { rollout, edge } = await world.newRollout("taken");
    await create("/apis/apps/v1/namespaces/NAMESPACE/deployments", deployment("taken-b", 1));
    await rollout.apply({});
    await rollout.waitForReady();
    await rollout.apply({ version: "v2" });
    const said = await blocked(rollout, "NameTaken");
    expect(said).toMatch(/Deployment taken-b/);
    expect(edge.raises("b")).toEqual([]);
    const theirs = await world.client.get<KubeObject & { spec: { replicas: number } }>(
      deploymentPath("taken-b"),
    );
    expect(theirs.spec.replicas).toBe(1);
    expect(theirs.metadata.labels).toEqual({ app: "taken-b" });
    await world.client.delete(deploymentPath("taken-b"));
    await rollout.waitForState("Holding");
  });

  test("a group that still holds somebody's targets: ForeignTargets, and they stay", async () => {
    const { rollout, edge } = await world.newRollout("strangers");
    await rollout.apply({});
    await rollout.waitForReady();
    const target = { id: "192.0.2.20", port: 8080 };
    world.simulator.elb.registerTargets(edge.stack.group("b"), [target]);
    await rollout.apply({ version: "v2" });
    const said = await blocked(rollout, "ForeignTargets");
    expect(said).toContain("192.0.2.20");
    expect(edge.raises("b")).toEqual([]);
    expect(Object.keys(world.simulator.elb.targetHealth(edge.stack.group("b")))).toEqual(["192.0.2.20:8080"]);
    world.simulator.elb.deregisterTargets(edge.stack.group("b"), [target]);
    await rollout.waitForState("Holding");
  });

  test("a group that somebody's binding fills: BindingExists", async () => {
    const { rollout, edge } = await world.newRollout("bound");
    await create("/apis/elbv2.k8s.aws/v1beta1/namespaces/NAMESPACE/targetgroupbindings", {
      apiVersion: "elbv2.k8s.aws/v1beta1",
      kind: "TargetGroupBinding",
      metadata: { name: "bound-theirs" },
      spec: {
        targetGroupARN: edge.stack.group("b"),
        targetType: "ip",
        serviceRef: { name: "theirs", port: 80 },
      },
    });
    await rollout.apply({});
    await rollout.waitForReady();
    await rollout.apply({ version: "v2" });
    const said = await blocked(rollout, "BindingExists");
    expect(said).toContain("bound-theirs");
    expect(edge.raises("b")).toEqual([]);
  });
});

test("a Deployment that cannot be rolled in steps is Blocked, saying so", async () => {
  const bare = { selector: undefined, template: undefined, replicas: undefined, model: undefined };
  const workloadRef = { apiVersion: "apps/v1", kind: "Deployment", name: "recreated" };
  const path = `/apis/apps/v1/namespaces/${world.namespace}/deployments`;
  const recreated = {
    name: "recreated",
    version: "v1",
    replicas: 1,
    spec: { strategy: { type: "Recreate" } },
  };
  await world.client.create(path, deploymentOf(recreated));
  const { rollout } = await world.newRollout("recreated");
  await rollout.apply({ spec: { ...bare, traffic: { rollingUpdate: {} }, workloadRef } });
  const said = await blocked(rollout, "NotSupported");
  expect(said).toMatch(/Recreate/);
});

test("workloadRef of a Deployment that does not exist is Blocked, and adopts it once it does", async () => {
  const bare = { selector: undefined, template: undefined, replicas: undefined, model: undefined };
  const workloadRef = { apiVersion: "apps/v1", kind: "Deployment", name: "late" };
  const { rollout } = await world.newRollout("adopted");
  await rollout.apply({ spec: { ...bare, traffic: { rollingUpdate: {} }, workloadRef } });
  const said = await blocked(rollout, "WorkloadNotFound");
  expect(said).toContain("late");
  const path = `/apis/apps/v1/namespaces/${world.namespace}/deployments`;
  await world.client.create(path, deploymentOf({ name: "late", version: "v1", replicas: 1 }));
  await rollout.waitForReady();
  await rollout.delete();
  await rollout.waitGone();
});
