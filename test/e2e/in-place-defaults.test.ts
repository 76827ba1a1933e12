import { afterAll, beforeAll, expect, inject, test } from "vitest";
import type { KubeList, KubeObject } from "../control-plane/api-client.ts";
import { eventually } from "../control-plane/eventually.ts";
import { kubectl } from "../control-plane/manifests.ts";
import type { OperatorProcess } from "../world/operator-process.ts";
import { startWorld, type World } from "../world/world.ts";
import { adopted, approvals, type InPlace, released } from "./in-place-world.ts";

/**
 * An upgrade of Kubernetes that gives pod templates new defaults, on Deployments that are adopted. It cannot be done here;
 * what it leaves behind can: revisions that were stored by an API server which did not know those fields.
 */
let world: World;
let operator: OperatorProcess;

beforeAll(async () => {
  world = await startWorld({ controlPlane: inject("controlPlane") });
  operator = await restarted();
});
afterAll(async () => {
  await world.stop();
});

async function restarted(): Promise<OperatorProcess> {
  const started = await world.startOperator();
  await started.waitReady();
  return started;
}

type Stored = KubeObject & { data: Record<string, unknown> & { template: Template } };
type Template = { spec: Record<string, unknown> };

/** While no operator runs: everything stored of this rollout loses fields that the API server gives by itself. */
async function upgrade(it: InPlace): Promise<void> {
  await operator.kill();
  const { client, namespace } = world;
  const path = `/apis/apps/v1/namespaces/${namespace}/controllerrevisions`;
  const { items } = await client.get<KubeList<Stored>>(path);
  const stored = items.filter(({ metadata }) => metadata.name.startsWith(`${it.name}-`));
  expect(stored.length).toBeGreaterThan(0);
  for (const { metadata, data, ...rest } of stored) {
    const { dnsPolicy: _d, terminationGracePeriodSeconds: _t, ...known } = data.template.spec;
    const { name, labels = {} } = metadata;
    await client.delete(`${path}/${name}`);
    const template = { ...data.template, spec: known };
    await client.create(path, { ...rest, metadata: { name, labels }, data: { ...data, template } });
  }
  operator = await restarted();
}

const adopt = async (name: string, rollout: Parameters<typeof adopted>[3]): Promise<InPlace> =>
  await adopted(world, async (args) => await kubectl(inject("controlPlane"), args), name, rollout);

/** Effects of the present process on this rollout; a question to the API server is none. */
const effects = (it: InPlace): readonly unknown[] =>
  operator.logs().filter((line) => line["action"] !== undefined && isOf(it, line));
const isOf = (it: InPlace, line: Readonly<Record<string, unknown>>): boolean =>
  String(line["rollout"]).endsWith(`/${it.name}`);

test("at rest: no release starts, nothing is written; the next one runs as ever", async () => {
  const it = await adopt("upgraded-rest", { replicas: 4, rollout: approvals(50) });
  await eventually("it is at rest", async () => {
    const { managedFields = [] } = (await it.get()).metadata;
    return managedFields.every(({ manager }) => manager !== "modelrollout");
  });
  const { generation } = (await it.get()).metadata;
  const revision = it.rollout.latest?.status?.stable?.revision;
  await upgrade(it);
  const looked = (): number =>
    operator.logs().filter((line) => isOf(it, line) && line["state"] === "Idle").length;
  await eventually("it was looked at twice", () => looked() >= 2);
  expect(effects(it)).toEqual([]);
  expect((await it.get()).metadata.generation).toBe(generation);
  expect(it.rollout.latest?.status?.stable?.revision).toBe(revision);
  await it.apply({ version: "v2", replicas: 4 });
  const waiting = await it.rollout.waitForState("AwaitingApproval");
  await it.settled({ v1: 2, v2: 2 });
  await it.rollout.annotate("abort", waiting.status?.release ?? "");
  await it.rollout.waitForState("RolledBack");
  await it.settled({ v1: 4, v2: 0 });
});

test("in mid-release: it stays where it is, goes on, and nobody loses a pod", async () => {
  const it = await adopt("upgraded-busy", { replicas: 4, rollout: approvals(50) });
  await it.apply({ version: "v2", replicas: 4 });
  const waiting = await it.rollout.waitForState("AwaitingApproval");
  await it.settled({ v1: 2, v2: 2 });
  const names = [...(await it.podNames("v1")), ...(await it.podNames("v2"))].sort();
  await upgrade(it);
  await operator.waitForLog("it has looked at the release", (line) => isOf(it, line));
  await it.rollout.annotate("approve", waiting.status?.awaiting ?? "");
  await it.rollout.waitForReady();
  await it.settled({ v1: 0, v2: 4 });
  expect(it.pods.leastReady).toBeGreaterThanOrEqual(4);
  expect(names).toHaveLength(4);
  expect(it.rollout.latest?.status?.history?.map(({ outcome }) => outcome)).toEqual(["Promoted"]);
});

test("on the way back: all pods come back, and the failed ReplicaSet goes", async () => {
  const it = await adopt("upgraded-back", { replicas: 4, rollout: approvals(50) });
  await it.apply({ version: "v2", replicas: 4 });
  const waiting = await it.rollout.waitForState("AwaitingApproval");
  await it.settled({ v1: 2, v2: 2 });
  await it.rollout.annotate("abort", waiting.status?.release ?? "");
  await upgrade(it);
  await it.rollout.waitForState("RolledBack");
  await it.settled({ v1: 4, v2: 0 });
  await it.release(released(50));
  await it.apply({ version: "v3", replicas: 4 });
  await it.rollout.waitForReady();
  await it.settled({ v1: 0, v3: 4 });
});
