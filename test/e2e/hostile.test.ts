import { describe, expect, test } from "vitest";
import { apiVersion, finalizer, labels, plural } from "../../src/api/group.ts";
import type { KubeList, KubeObject } from "../control-plane/api-client.ts";
import { deployment, type Pod } from "../control-plane/deployments.ts";
import { eventually } from "../control-plane/eventually.ts";
import { manifestOf } from "../world/manifest.ts";
import { blocked, expectReadable } from "./sentences.ts";
import { useWorld } from "./shared.ts";

const world = useWorld();
const inNamespace = (path: string): string => path.replace("NAMESPACE", world.namespace);
const rollouts = (): string => inNamespace(`/apis/${apiVersion}/namespaces/NAMESPACE/${plural}`);

/** Whatever was thrown at it: the operator runs, and every line that it wrote is one JSON object. */
const unharmed = (): void => {
  expect(world.operator.hasEnded()).toBe(false);
  expect(world.operator.logs().filter(({ level }) => level === "raw")).toEqual([]);
  expect(world.operator.logs().filter(({ msg }) => /bug/.test(msg ?? ""))).toEqual([]);
};

describe("objects that are too large", () => {
  test("1 MB in the template is a release like any other", async () => {
    const { rollout } = await world.newRollout("large");
    const env = Array.from({ length: 8 }, (_, index) => ({
      name: `BLOB_${index}`,
      value: "x".repeat(125_000),
    }));
    const containers = [
      {
        name: "server",
        image: "registry.example/large:v1",
        ports: [{ name: "http", containerPort: 8080 }],
        env,
      },
    ];
    await rollout.apply({ replicas: 1, pod: { containers } });
    await rollout.waitForReady(120_000);
    expect(JSON.stringify(rollout.latest?.status).length).toBeLessThan(10_000);
    unharmed();
  });

  test("more than etcd takes is refused by the API server", async () => {
    const { rollout } = await world.newRollout("larger");
    const annotations = { blob: "x".repeat(300_000) };
    await expect(rollout.apply({ annotations })).rejects.toThrow(/annotations.*262144|Too long/);
  });
});

describe("names", () => {
  test("one that is too long for its Deployments is refused, and the longest that is taken works", async () => {
    const edge = await world.createEdge({ name: "longest" });
    const tooLong = manifestOf({ name: "n".repeat(62), edge });
    await expect(world.client.create(rollouts(), tooLong)).rejects.toThrow(/metadata\.name .*at most 61/);
    const name = `n${"0123456789".repeat(6)}`;
    const rollout = world.rollouts.of({ name, edge });
    await rollout.apply({ replicas: 1 });
    await rollout.waitForReady();
    const { items } = await world.client.get<KubeList<Pod>>(inNamespace("/api/v1/namespaces/NAMESPACE/pods"));
    expect(items.some(({ metadata }) => metadata.labels?.["modelrollout.dev/slot"] === "a")).toBe(true);
    unharmed();
  });

  test("words of the language it is written in, and annotations with odd characters, mean nothing to it", async () => {
    const edge = await world.createEdge({ name: "words" });
    const rollout = world.rollouts.of({ name: "constructor", edge });
    const odd = {
      "example.com/emoji": "😀\u202Egnp.exe",
      "example.com/escape": '\u001b[31m"},\n{"level":"fatal"}',
      "modelrollout.dev/approve": "__proto__/1\n2",
      "modelrollout.dev/abort": "\u001b]0;title\u0007",
      "modelrollout.dev/promote": "",
      "modelrollout.dev/keep": "constructor",
      "modelrollout.dev/unknown": "toString",
    };
    await rollout.apply({ annotations: odd });
    await rollout.waitForReady();
    await rollout.apply({ annotations: odd, version: "v2", steps: [{ weight: 50, hold: "1s" }] });
    const done = await rollout.waitFor("v2 is stable", (each) => each.status?.stable?.modelVersion === "v2");
    expect(done.status?.history?.[0]?.outcome).toBe("Promoted");
    expectReadable(rollout);
    unharmed();
  });
});

test("the name of an alarm forges no log line and no message", async () => {
  const { rollout } = await world.newRollout("forged");
  await rollout.apply({});
  await rollout.waitForReady();
  const name = '5xx\n{"level":"fatal","msg":"forged"}\u001b[2J\u001b[31m\u202Egnp';
  await rollout.apply({ version: "v2", alarms: [name] });
  const said = await blocked(rollout, "AlarmUnreadable");
  expect(said).not.toMatch(/[\p{Cc}\p{Bidi_Control}]/u);
  expect(world.operator.logs().filter(({ msg }) => msg === "forged")).toEqual([]);
  for (const { message } of await rollout.events()) expect(message).not.toMatch(/[\p{Cc}\p{Bidi_Control}]/u);
  unharmed();
});

test("a finalizer that is taken off by hand comes back; gone without it, everything stands, and the next one says so", async () => {
  const { rollout, edge } = await world.stableRollout("unfinal");
  const path = `${rollouts()}/unfinal`;
  await world.client.patch(path, "merge", { metadata: { finalizers: null } });
  const without = (): boolean =>
    rollout.seen.some(({ metadata, status }) => status?.stable !== undefined && !metadata.finalizers?.length);
  await rollout.waitFor(
    "it is back",
    ({ metadata }) => without() && metadata.finalizers?.includes(finalizer) === true,
  );
  const before = edge.weights();
  await world.operator.kill("SIGTERM");
  await world.client.delete(path);
  await world.client.patch(path, "merge", { metadata: { finalizers: null } });
  await rollout.waitGone();
  await world.restart();
  expect(edge.weights()).toEqual(before);
  const left = await world.client.get<KubeObject & { status?: { readyReplicas?: number } }>(
    inNamespace("/apis/apps/v1/namespaces/NAMESPACE/deployments/unfinal-a"),
  );
  expect(left.status?.readyReplicas).toBe(2);
  await rollout.apply({});
  await rollout.waitFor(
    "it says what is in the way",
    ({ status }) =>
      status?.conditions?.some(({ message }) =>
        /unfinal-\w+ exists and .*: delete or rename it/.test(message),
      ) === true,
  );
  expect(edge.weights()).toEqual(before);
  // What is left carries the rollout's name: one selector finds it all.
  const mine = `?labelSelector=${encodeURIComponent(`${labels.rollout}=unfinal`)}`;
  for (const kinds of [
    "/apis/apps/v1/namespaces/NAMESPACE/controllerrevisions",
    "/apis/elbv2.k8s.aws/v1beta1/namespaces/NAMESPACE/targetgroupbindings",
    "/apis/apps/v1/namespaces/NAMESPACE/deployments",
    "/api/v1/namespaces/NAMESPACE/services",
  ])
    await world.client.delete(`${inNamespace(kinds)}${mine}`);
  await rollout.waitForReady(60_000);
  unharmed();
});

test("a selector that fits another team's pods catches none of them", async () => {
  const path = inNamespace("/apis/apps/v1/namespaces/NAMESPACE/deployments");
  const theirs = deployment("shared-label", 2);
  await world.client.create(path, theirs);
  await eventually("the other team's pods are Ready", async () => {
    const { status } = await world.client.get<KubeObject & { status?: { readyReplicas?: number } }>(
      `${path}/shared-label`,
    );
    return status?.readyReplicas === 2;
  });
  const { rollout, edge } = await world.newRollout("catching");
  const shared = { app: "shared-label" };
  const caught = (version: string) => {
    const { spec } = manifestOf({ name: "catching", edge, version }) as { spec: { template: object } };
    return {
      selector: { matchLabels: shared },
      template: { ...spec.template, metadata: { labels: shared } },
    };
  };
  await rollout.apply({ spec: caught("v1") });
  await rollout.waitForReady();
  await rollout.apply({ version: "v2", steps: [{ weight: 50, hold: "1s" }], spec: caught("v2") });
  await rollout.waitFor("v2 is stable", (each) => each.status?.stable?.modelVersion === "v2");
  const pods = await world.client.get<KubeList<Pod>>(
    inNamespace("/api/v1/namespaces/NAMESPACE/pods?labelSelector=app%3Dshared-label"),
  );
  const foreign = pods.items.filter(
    ({ metadata }) => metadata.labels?.["modelrollout.dev/slot"] === undefined,
  );
  expect(foreign).toHaveLength(2);
  const addresses = foreign.map((pod) => (pod as unknown as { status: { podIP: string } }).status.podIP);
  for (const group of ["a", "b"]) {
    const targets = Object.keys(world.simulator.elb.targetHealth(edge.stack.group(group)));
    const registered = targets.map((target) => target.split(":")[0]);
    for (const address of addresses) expect(registered).not.toContain(address);
  }
  const { spec } = await world.client.get<KubeObject & { spec: { replicas: number } }>(
    `${path}/shared-label`,
  );
  expect(spec.replicas).toBe(2);
  unharmed();
});
