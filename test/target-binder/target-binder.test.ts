import { afterAll, beforeAll, expect, test } from "vitest";
import { createStack, type Stack } from "../aws-simulator/fixtures.ts";
import { type Simulator, startSimulator } from "../aws-simulator/simulator.ts";
import { deployment, isGone, isReady, podsOf } from "../control-plane/deployments.ts";
import { eventually, useOwnControlPlane } from "../control-plane/shared.ts";
import { bindingsPath, type TargetGroupBinding } from "./objects.ts";
import { type PodDirectory, startPodDirectory } from "./pod-directory.ts";
import { bindingFinalizer, type RunningTargetBinder, startTargetBinder } from "./target-binder.ts";

const cluster = useOwnControlPlane();
let simulator: Simulator;
let binder: RunningTargetBinder;
let directory: PodDirectory;

beforeAll(async () => {
  simulator = await startSimulator();
  const { kubeconfigPath } = cluster;
  binder = await startTargetBinder({ ...options(), namespaces: [cluster.namespace] });
  directory = await startPodDirectory({ kubeconfigPath });
});
afterAll(async () => {
  await Promise.all([binder.stop(), directory.stop()]);
  await simulator.stop();
});

const options = () => {
  const { endpoint: elbEndpoint, region } = simulator;
  return { kubeconfigPath: cluster.kubeconfigPath, elbEndpoint, region };
};
const bindingPath = (name: string): string =>
  `${bindingsPath}/namespaces/${cluster.namespace}/targetgroupbindings/${name}`;
const podPath = (name: string): string => `/api/v1/namespaces/${cluster.namespace}/pods/${name}`;

/** A Deployment, its Service and a binding of it to a group of its own. @returns the stack with that group */
async function bind(name: string, replicas: number, namespace = cluster.namespace): Promise<Stack> {
  const stack = createStack(simulator, { name });
  const metadata = { name, namespace };
  await cluster.apply({ ...deployment(name, replicas), metadata });
  const ports = [{ port: 80, targetPort: 8080 }];
  await cluster.apply({
    apiVersion: "v1",
    kind: "Service",
    metadata,
    spec: { selector: { app: name }, ports },
  });
  await cluster.apply({
    apiVersion: "elbv2.k8s.aws/v1beta1",
    kind: "TargetGroupBinding",
    metadata,
    spec: { targetGroupARN: stack.group("a"), targetType: "ip", serviceRef: { name, port: 80 } },
  });
  return stack;
}

/** The same, once its targets are registered. */
async function bound(name: string, replicas: number): Promise<{ stack: Stack; group: string }> {
  const stack = await bind(name, replicas);
  const group = stack.group("a");
  await eventually(`${replicas} targets are registered`, () => serving(group).length === replicas);
  return { stack, group };
}

function serving(group: string): readonly string[] {
  const states = Object.entries(simulator.elb.targetHealth(group));
  return states.filter(([, state]) => state !== "draining").map(([target]) => target);
}

async function addresses(name: string): Promise<readonly string[]> {
  const pods = await podsOf(cluster.client, cluster.namespace, name);
  return pods.filter(isReady).map((pod) => `${pod.status?.podIP}:8080`);
}

test("a binding fills its group with the Ready pods, gets a finalizer and an observed generation", async () => {
  const { group } = await bound("fill", 3);
  expect(serving(group).toSorted()).toEqual((await addresses("fill")).toSorted());
  await eventually("the binding is observed", async () => {
    const binding = await cluster.client.get<TargetGroupBinding>(bindingPath("fill"));
    return (
      binding.status?.observedGeneration === binding.metadata.generation &&
      binding.metadata.finalizers?.includes(bindingFinalizer) === true
    );
  });
  await cluster.kubectl("scale", "deployment/fill", "--replicas=5");
  await eventually("five targets", () => serving(group).length === 5);
  await cluster.kubectl("scale", "deployment/fill", "--replicas=1");
  await eventually("one target", () => serving(group).length === 1);
});

test("a pod that stops being Ready leaves its group within moments, and comes back", async () => {
  const { group } = await bound("moody", 2);
  const [pod] = await podsOf(cluster.client, cluster.namespace, "moody");
  const path = podPath(pod?.metadata.name ?? "");
  const target = `${pod?.status?.podIP}:8080`;
  const annotate = (value: string | null): Promise<unknown> =>
    cluster.client.patch(path, "merge", {
      metadata: { annotations: { "modelrollout.dev/test-unready": value } },
    });

  await annotate("true");
  const often = { everyMs: 5 };
  await eventually(
    "the pod is not ready",
    () => directory.lookup(pod?.status?.podIP ?? "")?.ready === false,
    often,
  );
  const start = performance.now();
  await eventually("the target is gone", () => !serving(group).includes(target), often);
  expect(performance.now() - start).toBeLessThan(1_000);
  await annotate(null);
  await eventually("the target is back", () => serving(group).includes(target));
});

test("a binding that goes empties its group first", async () => {
  const { group } = await bound("leave", 2);
  await cluster.client.delete(bindingPath("leave"));
  await eventually("the binding is gone", () => isGone(cluster.client, bindingPath("leave")));
  expect(serving(group)).toEqual([]);
});

test("a Service that goes takes its targets with it", async () => {
  const { group } = await bound("orphan", 2);
  await cluster.client.delete(`/api/v1/namespaces/${cluster.namespace}/services/orphan`);
  await eventually("no target is left", () => serving(group).length === 0);
});

test("throttled, or with the API away, it catches up afterwards", async () => {
  const { group } = await bound("patient", 1);
  const fault = simulator.faults.add({ kind: "throttle", operation: "RegisterTargets", times: 3 });
  await cluster.kubectl("scale", "deployment/patient", "--replicas=3");
  await eventually("three targets", () => serving(group).length === 3);
  expect(fault.hits).toBe(3);
  await simulator.down();
  await cluster.kubectl("scale", "deployment/patient", "--replicas=1");
  await eventually("one pod is left", async () => (await addresses("patient")).length === 1);
  expect(serving(group).length).toBe(3);
  await simulator.up();
  await eventually("one target is left", () => serving(group).length === 1);
});

test("after a restart of the API server it goes on", async () => {
  const { group } = await bound("restart", 1);
  await cluster.plane.restartApiServer();
  await eventually("it can be scaled", async () => {
    await cluster.kubectl("scale", "deployment/restart", "--replicas=2");
    return true;
  });
  await eventually("two targets", () => serving(group).length === 2);
});

test("the directory knows who has an address, and forgets it with the pod", async () => {
  await cluster.apply(deployment("listed", 1));
  await eventually("it is Ready", async () => (await addresses("listed")).length === 1);
  const [pod] = await podsOf(cluster.client, cluster.namespace, "listed");
  const ip = pod?.status?.podIP ?? "";
  await eventually("it is listed as ready", () => directory.lookup(ip)?.ready === true);
  expect(directory.lookup(ip)).toMatchObject({
    namespace: cluster.namespace,
    name: pod?.metadata.name,
    labels: { app: "listed" },
    image: "registry.example/model:v1",
  });
  await cluster.client.delete(`/apis/apps/v1/namespaces/${cluster.namespace}/deployments/listed`);
  await eventually("it is forgotten", () => directory.lookup(ip) === undefined);
});

test("what the real controller's webhook refuses is refused: another target group in a binding", async () => {
  const { stack } = await bound("fixed", 1);
  const change = { spec: { targetGroupARN: stack.group("b") } };
  await expect(cluster.client.patch(bindingPath("fixed"), "merge", change)).rejects.toThrow(/immutable/);
});

test("one that is bound to namespaces leaves others alone; one that is not sees them all", async () => {
  const namespace = `${cluster.namespace}-other`;
  await cluster.client.create("/api/v1/namespaces", { metadata: { name: namespace } });
  const group = (await bind("elsewhere", 2, namespace)).group("a");
  await bound("here", 2);
  expect(serving(group)).toEqual([]);
  const everywhere = await startTargetBinder(options());
  await eventually("the other namespace's targets are registered", () => serving(group).length === 2);
  await everywhere.stop();
});
