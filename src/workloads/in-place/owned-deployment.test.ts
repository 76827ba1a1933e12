import { expect, test } from "vitest";
import type { ModelRollout, ModelRolloutSpec, PodTemplate } from "../../api/types.ts";
import { parseRevision, renderRevision } from "../slots/revisions.ts";
import { inPlaceSpecOf } from "./in-place-spec.ts";
import { isOwned, type OwnedInPlaceSpec, ownedTemplate, renderOwned } from "./owned-deployment.ts";
import { inPlaceRevisions } from "./revisions.ts";

const template: PodTemplate = {
  metadata: { labels: { app: "sentiment" } },
  spec: { containers: [{ name: "server", image: "registry.example/sentiment:v8" }] },
};

const rollout = (spec: Partial<ModelRolloutSpec> = {}) =>
  ({
    metadata: { namespace: "prod", name: "sentiment", uid: "m1" },
    spec: {
      replicas: 4,
      selector: { matchLabels: { app: "sentiment" } },
      template,
      model: { name: "sentiment", version: "v8" },
      traffic: { rollingUpdate: {} },
      ...spec,
    },
  }) as unknown as ModelRollout;

function owned(spec: Partial<ModelRolloutSpec> = {}): OwnedInPlaceSpec {
  const found = inPlaceSpecOf(rollout(spec));
  if (!found || !isOwned(found)) throw new Error("not ours");
  return found;
}

test("a template with rollingUpdate is a Deployment of ours with the rollout's name; the limits have defaults", () => {
  expect(owned().deployment).toBe("sentiment");
  expect(owned().owned.settings).toMatchObject({
    maxSurge: "25%",
    maxUnavailable: "25%",
    minReadySeconds: 0,
  });
  const limits = { rollingUpdate: { maxSurge: 2, maxUnavailable: 0 } };
  expect(owned({ traffic: limits }).owned.settings).toMatchObject({ maxSurge: 2, maxUnavailable: 0 });
  const ref = { apiVersion: "apps/v1", kind: "Deployment", name: "theirs" } as const;
  const { template: _t, selector: _s, ...bare } = rollout({ workloadRef: ref }).spec;
  const adopted = inPlaceSpecOf({ ...rollout(), spec: bare });
  expect(adopted).toMatchObject({ deployment: "theirs" });
  expect(adopted?.owned).toBeUndefined();
  expect(inPlaceSpecOf(rollout({ traffic: {} }))).toBeUndefined();
});

test("the Deployment has the user's selector, our labels on the pods, the model's variables, and no owner", () => {
  const spec = owned();
  const made = ownedTemplate(spec, "9c02ab34ef", spec.owned.content);
  if (!made.ok) throw new Error(made.message);
  const { metadata, spec: rendered } = renderOwned(spec, made.template, {
    replicas: 4,
    settings: spec.owned.settings,
  });
  expect(metadata).toEqual({
    name: "sentiment",
    namespace: "prod",
    labels: {
      "app.kubernetes.io/managed-by": "modelrollout",
      "modelrollout.dev/rollout": "sentiment",
      "modelrollout.dev/rollout-uid": "m1",
      "modelrollout.dev/adopted": "sentiment",
    },
  });
  expect(rendered).toMatchObject({
    replicas: 4,
    selector: { matchLabels: { app: "sentiment" } },
    strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: "25%", maxUnavailable: "25%" } },
    revisionHistoryLimit: 0,
  });
  expect(rendered.template.metadata?.labels).toEqual({
    app: "sentiment",
    "modelrollout.dev/rollout": "sentiment",
    "modelrollout.dev/revision": "9c02ab34ef",
  });
  expect(rendered.template.spec.containers[0]?.["env"]).toEqual([
    { name: "MODEL_NAME", value: "sentiment" },
    { name: "MODEL_VERSION", value: "v8" },
  ]);
});

test("a model that clashes with the template cannot be rendered", () => {
  const env = [{ name: "MODEL_VERSION", value: "v7" }];
  const clash = { ...template, spec: { containers: [{ name: "server", env }] } };
  const spec = owned({ template: clash });
  expect(ownedTemplate(spec, "r", spec.owned.content)).toMatchObject({ ok: false });
});

test("what was rendered is stored beside what the user wrote, and is not part of it", () => {
  const rendered: PodTemplate = { spec: { containers: [{ name: "server", env: [] }], dnsPolicy: "Default" } };
  const stored = { revision: "r1", hashVersion: "1", content: { template }, rendered };
  const parsed = parseRevision(renderRevision({ namespace: "prod", name: "s", uid: "m1" }, stored));
  expect(parsed).toEqual(stored);
  const [known] = inPlaceRevisions(parsed ? [parsed] : []);
  expect(known?.template).toEqual(rendered);
});
