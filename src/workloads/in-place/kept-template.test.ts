import { beforeEach, expect, test } from "vitest";
import { labels, notes } from "../../api/group.ts";
import type { KubeApi } from "../../runtime/kube-api.ts";
import { KubeError } from "../../runtime/kube-error.ts";
import type { KubeObject } from "../../runtime/kube-object.ts";
import { Store } from "../../runtime/store.ts";
import type { ControllerRevisionObject } from "../slots/objects.ts";
import { readRevisions } from "../slots/revision-store.ts";
import { slotWatches } from "../slots/stores.ts";
import { TemplateAliases } from "./aliases.ts";
import { storeTemplate } from "./kept-template.ts";
import { settingsNote } from "./later.ts";
import { hashOfTemplate, type InPlaceDeployment, type PodSetObject } from "./objects.ts";
import { inPlaceRevisions } from "./revisions.ts";
import { inPlaceWatches } from "./stores.ts";

const template = { spec: { containers: [{ name: "server", image: "x:v8" }] } };
const revision = hashOfTemplate(template);
const spec = { namespace: "prod", name: "x", uid: "m1", deployment: "x", leaving: false };
const NAME = `x-${revision}`;

/** The API server's ControllerRevisions, one after each write; data cannot be changed. */
let writes: string[];
let kept: ControllerRevisionObject | undefined;
let history: (ControllerRevisionObject | undefined)[];
let refuse: (call: string) => KubeError | undefined;
let deployment: InPlaceDeployment;
let revisions: Store<ControllerRevisionObject>;

function wrote(call: string, object: ControllerRevisionObject | undefined): ControllerRevisionObject {
  writes.push(call);
  kept = object && {
    ...object,
    metadata: { ...object.metadata, resourceVersion: String(10 + writes.length) },
  };
  history.push(kept);
  return kept ?? { metadata: {}, revision: 0 };
}

function answer(call: string): void {
  const error = refuse(call);
  if (error) throw error;
}

const api = {
  get: async (path: string) => {
    const found: KubeObject | undefined = path.includes("/deployments/") ? deployment : kept;
    if (!found) throw new KubeError("NotFound", path);
    return found;
  },
  create: async (_: string, body: ControllerRevisionObject) => {
    answer("create");
    if (kept) throw new KubeError("AlreadyExists", NAME);
    return wrote("create", { ...body, metadata: { ...body.metadata, uid: `u${writes.length}` } });
  },
  patch: async (_: string, { metadata }: Pick<KubeObject, "metadata">) => {
    answer("patch");
    if (!kept) throw new KubeError("NotFound", NAME);
    if (metadata.resourceVersion !== kept.metadata.resourceVersion) throw new KubeError("Conflict", NAME);
    const annotations = { ...kept.metadata.annotations, ...metadata.annotations };
    return wrote("patch", { ...kept, metadata: { ...kept.metadata, annotations } });
  },
  delete: async () => {
    answer("delete");
    wrote("delete", undefined);
    return { kind: "Status" };
  },
} as unknown as KubeApi;

beforeEach(() => {
  writes = [];
  kept = undefined;
  history = [];
  refuse = () => undefined;
  deployment = standing(1);
  forget();
});

/** The operator has started anew: its cache is what the API server lists, or nothing yet. */
function forget(listed?: ControllerRevisionObject): void {
  revisions = new Store<ControllerRevisionObject>({ indexes: slotWatches().revisions.indexes });
  if (listed) revisions.noteWrite(listed);
}

function standing(maxSurge: number, image = "x:v8", metadata: object = {}): InPlaceDeployment {
  const containers = [{ name: "server", image }];
  return {
    metadata: { name: "x", namespace: "prod", uid: "d1", ...metadata },
    spec: {
      selector: {},
      strategy: { rollingUpdate: { maxSurge, maxUnavailable: 0 } },
      template: { spec: { containers } },
    },
  };
}

async function storeIt() {
  const parts = {
    api,
    stores: {
      deployments: new Store<InPlaceDeployment>({}),
      sets: new Store<PodSetObject>({ indexes: inPlaceWatches().sets.indexes }),
    },
    revisions: { api, stores: { revisions } },
    aliases: new TemplateAliases(api),
  };
  return await storeTemplate(parts, spec, revision, undefined);
}

const known = () => inPlaceRevisions(readRevisions({ api, stores: { revisions } }, spec));

test("changed settings are noted on the one that is kept: the template stands throughout, its data as it was", async () => {
  expect(await storeIt()).toEqual({ ok: true });
  const { data } = kept ?? {};
  // Another template stands by now: what is stored is the only copy.
  deployment = standing(3, "x:v9");
  expect(await storeIt()).toEqual({ ok: true });
  expect(await storeIt()).toEqual({ ok: true });
  expect(writes).toEqual(["create", "patch"]);
  expect(history.map((each) => each?.data)).toEqual([data, data]);
  expect(known()).toMatchObject([{ revision, template, settings: { maxSurge: 3 } }]);
  // An operator from before the note goes by the data: the same template, with the settings of then.
  expect(data).toMatchObject({ hashVersion: "1", template, settings: { maxSurge: 1 } });
});

test("what was asked for in mid-release is noted, too, and is read again after a start", async () => {
  await storeIt();
  const own = known()[0]?.settings;
  if (!own) throw new Error("no settings are stored");
  deployment = standing(4, "x:v8", {
    labels: { [labels.adopted]: "x", [labels.released]: revision },
    annotations: { [notes.settings]: settingsNote(own) },
  });
  await storeIt();
  forget(kept);
  expect(known()).toMatchObject([{ settings: { maxSurge: 1 }, later: { maxSurge: 4 } }]);
  expect(writes).toEqual(["create", "patch"]);
});

test("one that the cache does not know yet is noted on, not made anew", async () => {
  await storeIt();
  forget();
  deployment = standing(3);
  expect(await storeIt()).toEqual({ ok: true });
  expect(writes).toEqual(["create", "patch"]);
  expect(known()).toMatchObject([{ template, settings: { maxSurge: 3 } }]);
});

test("one that an earlier version made anew meanwhile is not written over", async () => {
  await storeIt();
  if (kept) kept = { ...kept, metadata: { ...kept.metadata, resourceVersion: "99" } };
  deployment = standing(3);
  await expect(storeIt()).rejects.toThrow(KubeError);
  expect(writes).toEqual(["create"]);
});

test("one that is gone meanwhile is made of what is known; what keeps no template gives way", async () => {
  await storeIt();
  kept = undefined;
  deployment = standing(3, "x:v9");
  await storeIt();
  expect(kept).toMatchObject({ data: { template, settings: { maxSurge: 3 } } });
  forget();
  kept = { metadata: { name: NAME, uid: "other" }, revision: 1 };
  deployment = standing(5);
  await storeIt();
  expect(kept).toMatchObject({ data: { template, settings: { maxSurge: 5 } } });
  expect(writes).toEqual(["create", "create", "delete", "create"]);
});

test("under a Role that allows no patch it is made anew; any other refusal leaves it as it is", async () => {
  await storeIt();
  deployment = standing(3, "x:v9");
  const refuseWith = (reason: string, message: string) => {
    refuse = (call) => (call === "patch" ? new KubeError(reason, message) : undefined);
  };
  refuseWith("Forbidden", "a policy says no");
  await expect(storeIt()).rejects.toThrow("a policy says no");
  refuseWith("InternalError", "etcd is away");
  await expect(storeIt()).rejects.toThrow("etcd is away");
  expect(writes).toEqual(["create"]);
  refuseWith("Forbidden", 'User "m" cannot patch resource "controllerrevisions" in API group "apps"');
  expect(await storeIt()).toEqual({ ok: true });
  expect(writes).toEqual(["create", "delete", "create"]);
  expect(kept).toMatchObject({ data: { template, settings: { maxSurge: 3 } } });
});

test("a template that is nowhere, and a Deployment that is gone, are a conflict", async () => {
  deployment = standing(1, "x:v9");
  expect(await storeIt()).toMatchObject({ ok: false, problem: { kind: "conflict" } });
  expect(writes).toEqual([]);
});
