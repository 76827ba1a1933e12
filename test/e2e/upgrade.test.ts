import { beforeAll, expect, inject, test } from "vitest";
import { eventually } from "../control-plane/eventually.ts";
import { kubectl } from "../control-plane/manifests.ts";
import type { OperatorProcess } from "../world/operator-process.ts";
import { comeToTheirEnds, inEachState, type Standing } from "./away-aws.ts";
import { adopted, approvals } from "./in-place-world.ts";
import { useWorld } from "./shared.ts";
import { earlierVersion, type Version } from "./upgrade-versions.ts";

const world = useWorld({ operator: false });
let earlier: Version;

beforeAll(async () => {
  earlier = await earlierVersion(world.folder);
  console.log(`the other version is ${earlier.told}`);
});

/** What must not change by another version's taking over: releases, revisions, and what stands of the Deployments. */
async function snapshot(all: Readonly<Record<string, Standing>>): Promise<object> {
  type Deployments = { items: { metadata: { name: string; uid: string }; spec: { template: object } }[] };
  const { items } = await world.client.get<Deployments>(
    `/apis/apps/v1/namespaces/${world.namespace}/deployments`,
  );
  return {
    releases: Object.fromEntries(
      Object.entries(all).map(([state, { rollout }]) => [
        state,
        [
          rollout.latest?.status?.release,
          rollout.latest?.status?.history?.map(({ release }) => release).slice(-1),
        ],
      ]),
    ),
    templates: items.map(({ metadata, spec }) => [metadata.name, metadata.uid, spec.template]),
  };
}

/** It has looked at every rollout, several times. */
async function hasLooked(operator: OperatorProcess, all: Readonly<Record<string, Standing>>): Promise<void> {
  await operator.waitReady();
  const looks = (name: string): number =>
    operator.logs().filter((line) => String(line["rollout"]).endsWith(`/${name}`)).length;
  await eventually(
    "it has looked at everything",
    () => Object.values(all).every(({ rollout }) => looks(rollout.name) >= 3),
    { everyMs: 300 },
  );
}

test.each([
  ["an upgrade", "earlier", "present"],
  ["a downgrade", "present", "earlier"],
] as const)(
  "%s, both versions at work for a moment, in each state of a release: none starts, none is lost",
  async (_, from, to) => {
    const options = (which: "earlier" | "present") => (which === "earlier" ? { main: earlier.main } : {});
    const before = await world.restart(options(from));
    const all = await inEachState(world, from);
    const found = await snapshot(all);
    const after = await world.restart(options(to));
    await hasLooked(after, all);
    await before.kill("SIGTERM");
    await hasLooked(after, all);
    const { templates } = (await snapshot(all)) as { templates: object };
    expect(templates).toEqual((found as { templates: object }).templates);
    world.simulator.alarms.set(`${from}-firing-5xx`, "ALARM");
    await comeToTheirEnds(all);
    const { releases } = (await snapshot(all)) as { releases: object };
    for (const [state, [release]] of Object.entries(releases) as [string, unknown[]][]) {
      const known = (found as { releases: Record<string, unknown[]> }).releases[state];
      expect(release, state).toBe(known?.[0]);
    }
    await after.kill("SIGTERM");
  },
);

test("in place: a release that waits, and one at rest, are as they were under the other version, and go on", async () => {
  const first = await world.restart({ main: earlier.main });
  const plane = inject("controlPlane");
  const make = async (name: string) =>
    await adopted(world, async (args) => await kubectl(plane, args), name, {
      replicas: 4,
      rollout: approvals(50),
    });
  const [waiting, resting] = [await make("upgrade-waiting"), await make("upgrade-resting")];
  await waiting.apply({ version: "v2", replicas: 4 });
  await waiting.rollout.waitFor("it waits", ({ status }) => status?.state === "AwaitingApproval");
  await waiting.settled({ v1: 2, v2: 2 });
  const names = [waiting.pods.names("v1"), waiting.pods.names("v2"), resting.pods.names("v1")];
  const second = await world.restart();
  await first.kill("SIGTERM");
  for (const { name } of [waiting, resting]) {
    await second.waitForLog("it has looked", (line) => String(line["rollout"]).endsWith(`/${name}`));
  }
  expect([waiting.pods.names("v1"), waiting.pods.names("v2"), resting.pods.names("v1")]).toEqual(names);
  await waiting.rollout.annotate("approve", waiting.rollout.latest?.status?.awaiting ?? "");
  await waiting.settled({ v1: 0, v2: 4 });
  expect(resting.pods.names("v1")).toEqual(names[2]);
  expect(resting.rollout.latest?.status?.state).toBe("Idle");
  await Promise.all([waiting.pods.stop(), resting.pods.stop()]);
  await second.kill("SIGTERM");
});
