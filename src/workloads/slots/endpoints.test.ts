import { expect, test } from "vitest";
import { groupA, groupB, slotsSpec } from "../../../test/workloads/samples.ts";
import type { KubeApi } from "../../runtime/kube-api.ts";
import { Store } from "../../runtime/store.ts";
import { ensureEndpoints } from "./endpoints.ts";
import type { BindingObject, ServiceObject } from "./objects.ts";
import type { SlotsContext } from "./owned-object.ts";
import { renderBinding, renderService } from "./render.ts";
import type { SlotsSpec } from "./slots-spec.ts";
import { slotWatches } from "./stores.ts";
import { TakenNames } from "./taken-names.ts";

const spec = slotsSpec();
const stands = { uid: "u", resourceVersion: "5" };

/** Slot a's Service stands as it shall; its binding stands with this spec, and no cache knows it. */
async function ensured(binding: Partial<BindingObject["spec"]>, rollout: SlotsSpec = spec) {
  const writes: unknown[] = [];
  const rendered = renderBinding(spec, "a") as BindingObject;
  const live = {
    ...rendered,
    metadata: { ...rendered.metadata, ...stands },
    spec: { ...rendered.spec, ...binding },
  };
  const service = renderService(spec, "a") as ServiceObject;
  const services = new Store<ServiceObject>();
  services.noteWrite({ ...service, metadata: { ...service.metadata, ...stands } });
  const bindings = new Store<BindingObject>({ indexes: slotWatches().bindings.indexes });
  const apply = async (path: string, body: BindingObject) => {
    writes.push([path, body.spec]);
    return body;
  };
  const api = { get: async () => live, apply } as unknown as KubeApi;
  const context = { api, taken: new TakenNames(api), monotonic: () => 0, stores: { services, bindings } };
  return { outcome: await ensureEndpoints(context as unknown as SlotsContext, rollout, "a"), writes };
}

const path = "/apis/elbv2.k8s.aws/v1beta1/namespaces/prod/targetgroupbindings/sentiment-a";
const refused = (group: string, type: string) => ({
  ok: false,
  problem: {
    kind: "refused",
    message: `TargetGroupBinding prod/sentiment-a is for ${group} (${type}), which cannot change: delete it when that group has no traffic`,
  },
});

test("a binding of the same group and type is written as it shall be", async () => {
  const { outcome, writes } = await ensured({ serviceRef: { name: "other", port: 1 } });
  expect(outcome).toEqual({ ok: true });
  expect(writes).toEqual([[path, renderBinding(spec, "a")?.spec]]);
});

test("a binding is never moved to another group, nor to another type", async () => {
  expect(await ensured({ targetGroupARN: groupB })).toEqual({ outcome: refused(groupB, "ip"), writes: [] });
  const other = await ensured({ targetType: "instance" });
  expect(other).toEqual({ outcome: refused(groupA, "instance"), writes: [] });
});

test("a rollout without a type takes the one that stands there", async () => {
  const { outcome, writes } = await ensured({ targetType: "instance" }, slotsSpec({ binding: {} }));
  expect(outcome).toEqual({ ok: true });
  expect(writes).toHaveLength(1);
  expect((await ensured({ targetGroupARN: groupB }, slotsSpec({ binding: {} }))).writes).toEqual([]);
});
