import { expect, test } from "vitest";
import type { KubeList, KubeObject } from "../control-plane/api-client.ts";
import { eventually } from "../control-plane/eventually.ts";
import type { OperatorProcess } from "../world/operator-process.ts";
import { approvals, released } from "./in-place-world.ts";
import { type Owned, slow, useOwned } from "./owned-world.ts";

const cluster = useOwned(false);

/** Effects of one operator process, in order; a question to the API server is none. */
const effects = (operator: OperatorProcess, name: string): readonly string[] =>
  operator
    .logs()
    .filter((line) => line["action"] !== undefined && line["problem"] === undefined)
    .filter(({ msg }) => msg !== "ProveTemplate")
    .filter((line) => String(line["rollout"]).endsWith(`/${name}`))
    .map(({ msg = "" }) => msg);

/**
 * Kills the operator (SIGKILL) after its first effect on this rollout and starts another, again and again, so that
 * each process gets exactly one effect further, until `done`.
 */
async function killAfterEachEffect(it: Owned, done: () => boolean): Promise<number> {
  let kills = 0;
  while (!done()) {
    const operator = await cluster.restart();
    await eventually("an effect, or the end", () => effects(operator, it.name).length > 0 || done(), {
      withinMs: 30_000,
      everyMs: 5,
    });
    await operator.kill();
    kills += 1;
  }
  await cluster.restart();
  return kills;
}

test("killed after each effect of the first version, of a release and of a way back: the same end, no capacity lost", async () => {
  await cluster.operator.kill();
  const it = await cluster.of("killed");
  const strategy = approvals(50).strategy;
  await it.apply({ version: "v1", annotations: slow("300ms"), strategy });
  const at = (version: string) => () => {
    const { status } = it.rollout.latest ?? {};
    return status?.state === "Idle" && status.stable?.modelVersion === version;
  };
  const first = await killAfterEachEffect(it, at("v1"));
  expect(first).toBeGreaterThanOrEqual(3);
  await it.rollout.waitForReady();
  await it.settled({ v1: 4 });
  it.pods.reset();
  await cluster.operator.kill();

  await it.apply({ version: "v2", annotations: slow("300ms"), strategy });
  const waits = (): boolean => it.rollout.latest?.status?.state === "AwaitingApproval";
  await killAfterEachEffect(it, waits);
  await it.settled({ v1: 2, v2: 2 });
  expect(it.pods.leastReady).toBeGreaterThanOrEqual(4);
  await cluster.operator.kill();
  await it.abort();
  await killAfterEachEffect(it, () => it.rollout.latest?.status?.state === "RolledBack");
  await it.settled({ v1: 4, v2: 0 });
  expect(it.pods.leastReady).toBeGreaterThanOrEqual(2);

  it.pods.reset();
  await cluster.operator.kill();
  await it.apply({ version: "v3", annotations: slow("300ms"), ...released(50) });
  await killAfterEachEffect(it, at("v3"));
  await it.rollout.waitForReady();
  await it.settled({ v1: 0, v3: 4 });
  expect(it.pods.leastReady).toBeGreaterThanOrEqual(4);
  expect(it.rollout.latest?.status?.history?.map(({ outcome }) => outcome)).toEqual([
    "Promoted",
    "RolledBack",
    "Promoted",
  ]);

  await cluster.operator.kill();
  await it.rollout.delete();
  await killAfterEachEffect(it, () => it.rollout.latest === undefined);
  await eventually("the Deployment is gone", async () => (await it.find()) === undefined);
});

test("another process with other settings takes over in mid-release, beside the first for a moment", async () => {
  const it = await cluster.stable("taken-over", { replicas: 6 });
  await it.apply({ version: "v2", replicas: 6 });
  await it.waitsAt("v2");
  await it.settled({ v1: 3, v2: 3 });
  await eventually("it stands still", async () => (await it.deployment()).spec.paused === true);
  const before = await it.deployment();
  const old = cluster.operator;
  const next = await cluster.restart({
    flags: { "alarm-poll-interval": "2s", "drift-poll-interval": "1s", "log-level": "debug" },
  });
  await next.waitForLog("it has looked at the release", (line) =>
    String(line["rollout"]).endsWith("/taken-over"),
  );
  expect((await it.deployment()).metadata.generation).toBe(before.metadata.generation);
  await it.approve();
  await it.rollout.waitForReady();
  await old.kill("SIGTERM");
  await it.settled({ v1: 0, v2: 6 });
  expect(it.pods.leastReady).toBeGreaterThanOrEqual(6);
  expect(it.rollout.latest?.status?.history).toHaveLength(2);
});

type Stored = KubeObject & { data: Record<string, unknown> & { rendered: Template } };
type Template = { spec: Record<string, unknown> & { containers: Record<string, unknown>[] } };

/** Replaces what is stored of the stable revision (it cannot be changed) by what another version would have stored. */
async function restore(it: Owned, change: (rendered: Template) => Template): Promise<Template> {
  const { client, namespace } = cluster.world;
  const path = `/apis/apps/v1/namespaces/${namespace}/controllerrevisions`;
  const name = `${it.name}-${it.rollout.latest?.status?.stable?.revision}`;
  const { items } = await client.get<KubeList<Stored>>(path);
  const found = items.find(({ metadata }) => metadata.name === name);
  if (found === undefined) throw new Error(`${name} is not stored`);
  const rendered = change(found.data.rendered);
  const { labels = {} } = found.metadata;
  await client.delete(`${path}/${name}`);
  await client.create(path, { ...found, metadata: { name, labels }, data: { ...found.data, rendered } });
  return rendered;
}

/** The operator has looked at it and found nothing to do. */
async function nothingToDo(it: Owned): Promise<void> {
  const { operator } = cluster;
  const looked = (): number =>
    operator
      .logs()
      .filter((line) => String(line["rollout"]).endsWith(`/${it.name}`) && line["state"] === "Idle").length;
  await eventually("it was looked at three times", () => looked() >= 3, { withinMs: 20_000 });
  expect(effects(operator, it.name)).toEqual([]);
}

test("a Kubernetes that gives templates new defaults restarts nothing, and nothing is written", async () => {
  const it = await cluster.stable("defaults");
  await eventually("it is at rest", async () => (await it.deployment()).spec.paused === true);
  await cluster.operator.kill();
  const before = await it.deployment();
  // As a version of Kubernetes would have stored it that did not know these fields.
  await restore(it, ({ spec, ...rest }) => {
    const { dnsPolicy: _d, terminationGracePeriodSeconds: _t, ...known } = spec;
    return { ...rest, spec: known };
  });
  await cluster.restart();
  await nothingToDo(it);
  expect((await it.deployment()).metadata.generation).toBe(before.metadata.generation);
  await it.apply({ version: "v2" });
  await it.waitsAt("v2");
  await it.settled({ v1: 2, v2: 2 });
  await it.abort();
  await it.rollout.waitForState("RolledBack");
  await it.settled({ v1: 4, v2: 0 });
});

test("what another version of the operator rendered stays as it was rendered", async () => {
  const it = await cluster.stable("rendered");
  await cluster.operator.kill();
  const rendered = await restore(it, ({ spec, ...rest }) => {
    const containers = spec.containers.map((each) => ({ ...each, env: [{ name: "OLD", value: "way" }] }));
    return { ...rest, spec: { ...spec, containers } };
  });
  await it.meddle({ spec: { paused: false, template: rendered } });
  await it.kubectl("rollout", "status", "deployment/rendered", "--timeout=40s");
  await it.settled({ v1: 4 });
  const names = it.pods.names("v1");
  await cluster.restart();
  await eventually("it is at rest", async () => (await it.deployment()).spec.paused === true);
  await it.rollout.waitForReady();
  expect((await it.deployment()).spec.template).toMatchObject(rendered);
  expect(it.pods.names("v1")).toEqual(names);
  await cluster.operator.kill();
  await cluster.restart();
  await nothingToDo(it);
});
