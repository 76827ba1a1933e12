import { expect, test } from "vitest";
import { named, slotsSpec } from "../../../test/workloads/samples.ts";
import type { KubeApi } from "../../runtime/kube-api.ts";
import { KubeError } from "../../runtime/kube-error.ts";
import { renderSlot } from "./deployment.ts";
import type { DeploymentObject } from "./objects.ts";
import type { SlotsContext } from "./owned-object.ts";
import { renderDeployment } from "./render.ts";
import { TakenNames } from "./taken-names.ts";

const spec = slotsSpec();
const wanted = named(spec);
const older = { ...wanted, revision: "0000000000" };

/** As it stands in the cluster, its controller up to date. */
function standing(revision: typeof wanted, replicas: number, metadata: object = {}): DeploymentObject {
  const rendered = renderDeployment(spec, "b", revision, replicas);
  if (!rendered.ok) throw new Error(rendered.message);
  const { deployment } = rendered;
  return {
    ...deployment,
    metadata: { ...deployment.metadata, uid: "u", resourceVersion: "5", generation: 2, ...metadata },
    status: { observedGeneration: 2, replicas },
  };
}

/** @returns the outcome, and every write with what was sent */
async function rendered(live: DeploymentObject | undefined, replicas = 3) {
  const writes: unknown[] = [];
  const write = (verb: string) => async (path: string, body: object) => {
    writes.push([verb, path, body]);
    return body;
  };
  const get = async (path: string) => {
    if (live === undefined) throw new KubeError("NotFound", path);
    return live;
  };
  const api = {
    get,
    create: write("create"),
    apply: write("apply"),
    patch: write("patch"),
  } as unknown as KubeApi;
  const taken = new TakenNames(api);
  const context = { api, taken, monotonic: () => 0, stores: { deployments: { noteWrite: () => {} } } };
  const outcome = await renderSlot(context as unknown as SlotsContext, spec, "b", wanted, replicas);
  return { outcome, writes, taken: taken.of(spec, "b") };
}

const collection = "/apis/apps/v1/namespaces/prod/deployments";
const path = `${collection}/sentiment-b`;

test("what does not exist is made", async () => {
  const { outcome, writes } = await rendered(undefined);
  expect(outcome).toEqual({ ok: true });
  expect(writes).toMatchObject([["create", collection, { spec: { replicas: 3 } }]]);
});

test("a running one of the same revision is only scaled", async () => {
  const { outcome, writes } = await rendered(standing(wanted, 1));
  expect(outcome).toEqual({ ok: true });
  expect(writes).toEqual([["patch", path, { metadata: { uid: "u" }, spec: { replicas: 3 } }]]);
});

test("an empty one is rendered anew over the very object that was read", async () => {
  const { outcome, writes } = await rendered(standing(older, 0));
  expect(outcome).toEqual({ ok: true });
  const metadata = {
    uid: "u",
    resourceVersion: "5",
    labels: { "modelrollout.dev/revision": wanted.revision },
  };
  expect(writes).toMatchObject([["apply", path, { metadata, spec: { replicas: 3 } }]]);
});

test("a running one of another revision is left alone", async () => {
  const { outcome, writes } = await rendered(standing(older, 1));
  const message = "Deployment prod/sentiment-b still runs revision 0000000000";
  expect(outcome).toEqual({ ok: false, problem: { kind: "conflict", message } });
  expect(writes).toEqual([]);
});

test("somebody else's is refused and remembered, one being deleted waited for; neither is written", async () => {
  const foreign = await rendered(standing(wanted, 0, { labels: { app: "theirs" } }));
  expect(foreign).toMatchObject({ outcome: { ok: false, problem: { kind: "refused" } }, writes: [] });
  expect(foreign.taken).toEqual(["Deployment"]);
  const going = await rendered(standing(wanted, 0, { deletionTimestamp: "2026-01-01T00:00:00Z" }));
  expect(going).toMatchObject({
    outcome: { ok: false, problem: { kind: "waiting" } },
    writes: [],
    taken: [],
  });
});
