import { expect, test } from "vitest";
import { eventually } from "../control-plane/eventually.ts";
import type { UserDeployment } from "./in-place-world.ts";
import { approvals, released } from "./in-place-world.ts";
import { type Owned, type OwnedWorld, slow } from "./owned-world.ts";

/** What somebody may do to a Deployment that is not theirs. */
const hands: Readonly<Record<string, (it: Owned) => Promise<unknown>>> = {
  "set image": async (it) =>
    await it.kubectl("set", "image", `deployment/${it.name}`, `server=registry.example/${it.name}:v9`),
  "set env": async (it) => await it.kubectl("set", "env", `deployment/${it.name}`, "DEBUG=1"),
  annotate: async (it) =>
    await it.meddle({ spec: { template: { metadata: { annotations: { restartedAt: "now" } } } } }),
  scale: async (it) => await it.kubectl("scale", `deployment/${it.name}`, "--replicas=7"),
  "scale down": async (it) => await it.kubectl("scale", `deployment/${it.name}`, "--replicas=3"),
  strategy: async (it) =>
    await it.meddle({ spec: { strategy: { rollingUpdate: { maxSurge: 4, maxUnavailable: 4 } } } }),
  minReadySeconds: async (it) => await it.meddle({ spec: { minReadySeconds: 30 } }),
  unpause: async (it) => await it.meddle({ spec: { paused: false } }),
  pause: async (it) => await it.meddle({ spec: { paused: true } }),
};

/** Without what the hand writes beside the spec: kubectl notes the change of cause, Kubernetes counts. */
const specOf = ({ spec }: UserDeployment): object => spec;

/** Foreign hands on a Deployment that the operator owns. */
export function ownedHands(cluster: OwnedWorld, guarded: boolean): void {
  test.each(Object.keys(hands))("%s at rest is put back, and no pod of it gets Ready", async (hand) => {
    const it = await cluster.stable(`rest-${hand.replace(" ", "-").toLowerCase()}`, {
      annotations: slow("300ms"),
    });
    await atRest(it, guarded);
    const before = specOf(await it.deployment());
    it.pods.reset();
    await hands[hand]?.(it);
    await eventually("it is put back", async () => {
      expect(specOf(await it.deployment())).toEqual(before);
      return true;
    });
    await it.settled({ v1: 4, v9: 0 });
    expect(it.pods.most("v9")).toBe(0);
    await it.rollout.waitForReady();
    const promoted = it.rollout.latest?.status?.history?.filter(({ outcome }) => outcome === "Promoted");
    expect(promoted).toHaveLength(1);
  });

  test.each(Object.keys(hands))(
    "%s in mid-release is put back, and the share is the step's",
    async (hand) => {
      const it = await cluster.stable(`busy-${hand.replace(" ", "-").toLowerCase()}`, { replicas: 6 });
      await it.apply({ version: "v2", replicas: 6 });
      await it.waitsAt("v2");
      await it.settled({ v1: 3, v2: 3 });
      expect((await it.deployment()).spec.paused).toBe(true);
      const before = specOf(await it.deployment());
      it.pods.reset();
      await hands[hand]?.(it);
      await eventually("it is put back", async () => {
        expect(specOf(await it.deployment())).toEqual(before);
        return true;
      });
      await it.settled({ v1: 3, v2: 3, v9: 0 });
      expect(it.pods.most("v9")).toBe(0);
      const { status } = await it.waitsAt("v2");
      expect(status?.history?.map(({ reason }) => reason)).toEqual(["Promoted"]);
      await it.approve();
      await it.rollout.waitForReady();
      await it.settled({ v1: 0, v2: 6, v9: 0 });
    },
  );

  test("scaled to 0 and back in mid-release: stable gets the pods, and the release begins again", async () => {
    const it = await cluster.stable("scaled-away");
    await it.apply({ version: "v2" });
    const waiting = await it.waitsAt("v2");
    await it.settled({ v1: 2, v2: 2 });
    await it.kubectl("scale", "deployment/scaled-away", "--replicas=0");
    const again = await it.rollout.waitFor(
      "the release begins again",
      ({ status }) =>
        status?.state === "AwaitingApproval" && status.release === `${waiting.status?.canary?.revision}-2`,
    );
    expect(again.status?.history?.[0]).toMatchObject({ outcome: "RolledBack", reason: "TooFewReplicas" });
    expect(again.status?.failedRevision).toBeUndefined();
    await it.settled({ v1: 2, v2: 2 });
    expect(it.pods.most("v2")).toBeLessThanOrEqual(2);
  });

  test("the Deployment deleted at rest is made anew from the stored revision", async () => {
    const it = await cluster.stable("lost");
    const { spec } = await it.deployment();
    for (const how of ["background", "foreground", "orphan"]) {
      // Each time another one: with the first one's UID the second wait would end before anything was deleted.
      const { uid } = (await it.deployment()).metadata;
      await it.kubectl("delete", "deployment", "lost", `--cascade=${how}`, "--wait=false");
      await eventually(`it is made anew after --cascade=${how}`, async () => {
        const found = await it.find();
        return found !== undefined && found.metadata.uid !== uid;
      });
      await it.settled({ v1: 4 });
      await it.rollout.waitForReady();
    }
    await atRest(it, guarded);
    expect((await it.deployment()).spec.template).toEqual(spec.template);
    expect((await it.rollout.events()).map(({ reason }) => reason)).toContain("SlotRebuilt");
  });

  test("deleted in mid-release and on the way back: stable first, then the release begins again", async () => {
    const it = await cluster.stable("lost-busy", { annotations: slow("500ms") });
    await it.apply({ version: "v2", annotations: slow("500ms") });
    const waiting = await it.waitsAt("v2");
    const revision = waiting.status?.canary?.revision;
    await it.kubectl("delete", "deployment", "lost-busy", "--wait=false");
    const again = await it.rollout.waitFor(
      "the release begins again",
      ({ status }) => status?.state === "AwaitingApproval" && status.release === `${revision}-2`,
    );
    expect(again.status?.history?.[0]?.reason).toBe("TooFewReplicas");
    await it.settled({ v1: 2, v2: 2 });
    await it.abort();
    await it.kubectl("delete", "deployment", "lost-busy", "--wait=false");
    await it.rollout.waitForState("RolledBack");
    await it.settled({ v1: 4, v2: 0 });
  });

  test("a Deployment of that name that is somebody's is never touched; once it is gone ours is made", async () => {
    const it = await cluster.of("foreign");
    await it.kubectl("create", "deployment", "foreign", "--image=registry.example/theirs:v7");
    const before = await it.deployment();
    await it.apply({ version: "v1" });
    const said = await it.rollout.waitForCondition("Stalled", "True", "NameTaken");
    expect(said.message).toContain("foreign");
    await it.apply({ version: "v2" });
    await it.rollout.waitForCondition("Stalled", "True", "NameTaken");
    const { metadata, spec } = await it.deployment();
    expect({ generation: metadata.generation, labels: metadata.labels, spec }).toEqual({
      generation: before.metadata.generation,
      labels: before.metadata.labels,
      spec: before.spec,
    });
    await it.kubectl("delete", "deployment", "foreign");
    await it.rollout.waitForReady();
    await it.settled({ v2: 4, v7: 0 });
  });

  test("deleted while somebody else's Deployment has the name: theirs stays", async () => {
    const it = await cluster.of("theirs");
    await it.kubectl("create", "deployment", "theirs", "--image=registry.example/theirs:v7");
    await it.apply({ version: "v1" });
    await it.rollout.waitForCondition("Stalled", "True", "NameTaken");
    await it.rollout.delete();
    await it.rollout.waitGone();
    expect((await it.deployment()).metadata.deletionTimestamp).toBeUndefined();
  });

  test("a GitOps tool re-applies the ModelRollout all the time: the release goes its way", async () => {
    const spec = { version: "v2", replicas: 6, ...released(20, 50), annotations: slow("300ms") };
    const it = await cluster.stable("gitops", { replicas: 6 });
    let applied = 0;
    const promoted = (): boolean => it.rollout.latest?.status?.stable?.modelVersion === "v2";
    const turn = async (): Promise<boolean> => {
      await it.apply(spec);
      applied += 1;
      await it.meddle({ metadata: { annotations: { "argocd.argoproj.io/refresh": `${applied}` } } });
      return promoted();
    };
    await eventually("v2 is promoted", turn, { withinMs: 60_000, everyMs: 200 });
    await it.settled({ v1: 0, v2: 6 });
    expect(applied).toBeGreaterThan(5);
    expect(it.pods.leastReady).toBeGreaterThanOrEqual(6);
    expect(it.rollout.latest?.status?.history).toHaveLength(2);
  });

  test("a status that is lost: at rest the same version stays, in mid-release the canary goes first", async () => {
    const it = await cluster.stable("wiped");
    const uid = (await it.deployment()).metadata.uid;
    await it.rollout.patch({ status: null }, "status");
    await it.rollout.waitFor(
      "it is known again",
      ({ status }) => status?.stable !== undefined && status.state === "Idle",
    );
    await it.rollout.waitForReady();
    expect((await it.deployment()).metadata.uid).toBe(uid);
    await it.apply({ version: "v2", ...approvals(50) });
    await it.waitsAt("v2");
    await it.rollout.patch({ status: null }, "status");
    await it.settled({ v1: 4, v2: 0 });
  });
}

/** Without the policies the Deployment is paused at rest. */
async function atRest(it: Owned, guarded: boolean): Promise<void> {
  await eventually("it is at rest", async () => ((await it.deployment()).spec.paused === true) !== guarded);
}
