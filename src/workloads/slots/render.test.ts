import { describe, expect, test } from "vitest";
import { groupB, named, slotsSpec } from "../../../test/workloads/samples.ts";
import type { Model, PodTemplate } from "../../api/types.ts";
import { overlayModel } from "./model-overlay.ts";
import { renderBinding, renderDeployment, renderService } from "./render.ts";

function deploymentOf(spec = slotsSpec()) {
  const rendered = renderDeployment(spec, "b", named(spec), 3);
  if (!rendered.ok) throw new Error(rendered.message);
  return rendered.deployment;
}

describe("the Deployment", () => {
  test("selects by the user's labels and the slot, and nothing else", () => {
    expect(deploymentOf().spec.selector).toEqual({
      matchLabels: { app: "sentiment", "modelrollout.dev/slot": "b" },
    });
  });

  test("carries the rollout's name and UID, the slot and the revision", () => {
    const { metadata } = deploymentOf();
    expect(metadata.name).toBe("sentiment-b");
    expect(metadata.labels).toEqual({
      "app.kubernetes.io/managed-by": "modelrollout",
      "modelrollout.dev/rollout": "sentiment",
      "modelrollout.dev/rollout-uid": slotsSpec().uid,
      "modelrollout.dev/slot": "b",
      "modelrollout.dev/revision": named(slotsSpec()).revision,
    });
    expect(metadata.ownerReferences).toBeUndefined();
  });

  test("has the user's template with labels and the model's variables added, nothing else changed", () => {
    const spec = slotsSpec({
      content: {
        template: {
          metadata: { labels: { app: "sentiment", team: "nlp" }, annotations: { note: "kept" } },
          spec: { serviceAccountName: "models", containers: [{ name: "server", image: "i", args: ["x"] }] },
        },
        model: { version: "v8" },
      },
    });
    expect(deploymentOf(spec).spec.template).toEqual({
      metadata: {
        labels: {
          app: "sentiment",
          team: "nlp",
          "modelrollout.dev/rollout": "sentiment",
          "modelrollout.dev/slot": "b",
          "modelrollout.dev/revision": named(spec).revision,
        },
        annotations: { note: "kept" },
      },
      spec: {
        serviceAccountName: "models",
        containers: [
          { name: "server", image: "i", args: ["x"], env: [{ name: "MODEL_VERSION", value: "v8" }] },
        ],
      },
    });
  });

  test("never loses a Ready pod to a change by other hands, and has no history to undo to", () => {
    const { spec } = deploymentOf();
    expect(spec["strategy"]).toEqual({
      type: "RollingUpdate",
      rollingUpdate: { maxSurge: "25%", maxUnavailable: 0 },
    });
    expect(spec["revisionHistoryLimit"]).toBe(0);
    expect(spec.replicas).toBe(3);
  });

  test("leaves the content it was rendered from alone", () => {
    const spec = slotsSpec();
    const before = structuredClone(spec.content);
    deploymentOf(spec);
    expect(spec.content).toEqual(before);
  });
});

describe("the model's variables", () => {
  const template: PodTemplate = {
    spec: {
      containers: [
        { name: "proxy", image: "p" },
        { name: "server", image: "s", env: [{ name: "ARGS", value: "--from=$(MODEL_URI)" }] },
      ],
    },
  };
  const model: Model = { name: "m", version: "v1", uri: "s3://m", container: "server" };
  const containersOf = (wanted: Model, of: PodTemplate = template) => {
    const overlaid = overlayModel(of, wanted);
    if (!overlaid.ok) throw new Error(overlaid.message);
    return overlaid.template.spec.containers;
  };

  test("go into the named container only, before the user's own, which may refer to them", () => {
    const [proxy, server] = containersOf(model);
    expect(proxy).toEqual({ name: "proxy", image: "p" });
    expect(server?.["env"]).toEqual([
      { name: "MODEL_NAME", value: "m" },
      { name: "MODEL_VERSION", value: "v1" },
      { name: "MODEL_URI", value: "s3://m" },
      { name: "ARGS", value: "--from=$(MODEL_URI)" },
    ]);
  });

  test("go into the first container by default, as far as the model has them", () => {
    expect(containersOf({ version: "v1" })[0]?.["env"]).toEqual([{ name: "MODEL_VERSION", value: "v1" }]);
  });

  test("are not doubled where the user wrote the same value", () => {
    const env = [{ name: "MODEL_VERSION", value: "v1" }];
    const own = { spec: { containers: [{ name: "server", env }] } };
    expect(containersOf({ version: "v1" }, own)[0]?.["env"]).toEqual(env);
  });

  test.each([
    ["another value", { name: "MODEL_VERSION", value: "v0" }],
    ["a value from elsewhere", { name: "MODEL_VERSION", valueFrom: { fieldRef: { fieldPath: "x" } } }],
  ])("make the template invalid where the user wrote %s", (_, variable) => {
    const own = { spec: { containers: [{ name: "server", env: [variable] }] } };
    expect(overlayModel(own, { version: "v1" })).toEqual({
      ok: false,
      message:
        'spec.template: container "server" sets MODEL_VERSION itself, and not to "v1" as spec.model.version says: remove it there',
    });
  });

  test("need a container of that name", () => {
    expect(overlayModel(template, { version: "v1", container: "severe" })).toEqual({
      ok: false,
      message: 'spec.model.container: no container "severe" in spec.template (proxy, server)',
    });
  });
});

describe("Service and TargetGroupBinding", () => {
  test("lead from the slot's group to the slot's pods", () => {
    const spec = slotsSpec({ binding: { targetType: "ip", networking: { ingress: [] } } });
    const service = renderService(spec, "b");
    expect(service?.spec).toEqual({
      type: "ClusterIP",
      selector: { app: "sentiment", "modelrollout.dev/slot": "b" },
      ports: [{ port: 8080, targetPort: "http", protocol: "TCP" }],
    });
    const binding = renderBinding(spec, "b");
    expect(binding?.apiVersion).toBe("elbv2.k8s.aws/v1beta1");
    expect(binding?.metadata.name).toBe("sentiment-b");
    expect(binding?.spec).toEqual({
      serviceRef: { name: "sentiment-b", port: 8080 },
      targetGroupARN: groupB,
      targetType: "ip",
      networking: { ingress: [] },
    });
  });

  test("use node ports for instance targets, and the port itself without a targetPort", () => {
    const spec = slotsSpec({ binding: { targetType: "instance" }, service: { port: 80 } });
    expect(renderService(spec, "a")?.spec).toMatchObject({ type: "NodePort", ports: [{ targetPort: 80 }] });
  });

  test("are left out where the spec has none", () => {
    const { binding: _, ...unbound } = slotsSpec();
    expect(renderBinding(unbound, "a")).toBeUndefined();
    expect(renderService(unbound, "a")).toBeDefined();
    const { service: __, ...bare } = unbound;
    expect(renderService(bare, "a")).toBeUndefined();
  });
});
