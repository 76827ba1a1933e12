import { describe, expect, test } from "vitest";
import { revisionName } from "../../src/api/revision.ts";
import { pathOf } from "../../src/workloads/slots/names.ts";
import { renderRevision, resolveWanted } from "../../src/workloads/slots/revisions.ts";
import { eventually, useControlPlane } from "../control-plane/shared.ts";
import { named } from "./samples.ts";
import { succeeded, useWorld } from "./world.ts";

const cluster = useControlPlane();
const world = useWorld(cluster);

describe("stored revisions", () => {
  test("come back from the API server as they were written, once, however often they are stored", async () => {
    const spec = world.spec("kept");
    const { revision } = named(spec);
    succeeded(await world.workload.storeRevision(spec, spec.content, revision));
    succeeded(await world.workload.storeRevision(spec, spec.content, revision));
    const expected = [{ revision, hashVersion: "1", content: spec.content }];
    expect(world.workload.revisions(spec)).toEqual(expected);
    const fresh = await world.get(pathOf("ControllerRevision", spec.namespace, `kept-${revision}`));
    expect(fresh).toMatchObject({ data: { hashVersion: "1", ...spec.content } });
    expect(fresh.metadata.ownerReferences).toBeUndefined();
  });

  test("start nothing after an upgrade: neither a new hash nor a live Deployment's defaults make a new one", async () => {
    const spec = world.spec("upgraded");
    const old = { revision: "0123456789", hashVersion: "0", content: spec.content };
    await world.api.create(pathOf("ControllerRevision", spec.namespace), renderRevision(spec, old));
    await eventually("it is cached", () => world.workload.revisions(spec).length === 1);
    expect(resolveWanted(spec.content, world.workload.revisions(spec)).revision).toBe("0123456789");
    succeeded(await world.workload.renderSlot(spec, "a", "0123456789", 1));
    await world.settled(spec, "a", 1);
    expect(resolveWanted(spec.content, world.workload.revisions(spec)).revision).toBe("0123456789");
    // Storing it again is no new object either.
    succeeded(await world.workload.storeRevision(spec, spec.content, "0123456789"));
    expect(world.workload.revisions(spec)).toHaveLength(1);
  });

  test("are not stored under a name that the spec has left behind", async () => {
    const spec = world.spec("moved");
    expect(await world.workload.storeRevision(spec, spec.content, "0000000000")).toMatchObject({
      ok: false,
      problem: { kind: "conflict" },
    });
    expect(world.workload.revisions(spec)).toEqual([]);
  });

  test("are refused when somebody else's object has the name", async () => {
    const spec = world.spec("taken");
    const { revision } = named(spec);
    const path = pathOf("ControllerRevision", spec.namespace);
    const foreign = {
      apiVersion: "apps/v1",
      kind: "ControllerRevision",
      metadata: { name: `taken-${revision}` },
    };
    await world.api.create(path, { ...foreign, revision: 7, data: { theirs: true } });
    expect(await world.workload.storeRevision(spec, spec.content, revision)).toMatchObject({
      ok: false,
      problem: { kind: "refused" },
    });
    expect(await world.get(`${path}/taken-${revision}`)).toMatchObject({
      revision: 7,
      data: { theirs: true },
    });
  });

  test("go when they are no longer kept, and only those of this rollout", async () => {
    const spec = world.spec("pruned");
    const other = { ...spec, uid: "22222222-2222-2222-2222-222222222222" };
    const next = { ...spec.content, model: { version: "v9" } };
    succeeded(await world.workload.storeRevision(spec, spec.content, revisionName(spec.content)));
    succeeded(await world.workload.storeRevision(spec, next, revisionName(next)));
    const third = { ...spec.content, model: { version: "v10" } };
    succeeded(await world.workload.storeRevision(other, third, revisionName(third)));
    succeeded(await world.workload.pruneRevisions(spec, [revisionName(next)]));
    succeeded(await world.workload.pruneRevisions(spec, [revisionName(next)]));
    expect(world.workload.revisions(spec).map(({ revision }) => revision)).toEqual([revisionName(next)]);
    expect(world.workload.revisions(other)).toHaveLength(1);
    const path = pathOf("ControllerRevision", spec.namespace, `pruned-${revisionName(spec.content)}`);
    await expect(world.get(path)).rejects.toMatchObject({ reason: "NotFound" });
  });
});
