import { assert, dictionary, jsonValue, property, string } from "fast-check";
import { describe, expect, test } from "vitest";
import { canonicalJson } from "./canonical-json.ts";
import { hashVersion, type RevisionContent, revisionName, sameContent, specContent } from "./revision.ts";
import type { ModelRolloutSpec } from "./types.ts";

const template = { spec: { containers: [{ name: "server", image: "registry.example/sentiment:v8" }] } };
const content: RevisionContent = { template, model: { version: "v8" } };

describe("canonical JSON", () => {
  test("sorts keys at every depth and keeps lists in order", () => {
    expect(canonicalJson({ b: [{ z: 1, a: 2 }, 1], a: { d: 1, c: "x" } })).toBe(
      '{"a":{"c":"x","d":1},"b":[{"a":2,"z":1},1]}',
    );
  });

  test("leaves out what Kubernetes treats as absent", () => {
    expect(canonicalJson({ a: null, b: undefined, c: 0, d: "", e: false, f: [] })).toBe(
      '{"c":0,"d":"","e":false,"f":[]}',
    );
  });

  test("is JSON of the same value, and the same for any order of keys", () => {
    const value = jsonValue();
    assert(
      property(dictionary(string(), value), (object) => {
        const reversed = Object.fromEntries(Object.entries(object).reverse());
        expect(canonicalJson(reversed)).toBe(canonicalJson(object));
        expect(canonicalJson(JSON.parse(canonicalJson(object)))).toBe(canonicalJson(object));
      }),
    );
  });
});

describe("the name of a revision", () => {
  test("never changes for the same content and hash version", () => {
    expect({ hashVersion, name: revisionName(content) }).toEqual({ hashVersion: "1", name: "cb06e91f2c" });
  });

  test("does not depend on the order of fields", () => {
    const shuffled = {
      model: { version: "v8" },
      template: { spec: { containers: [{ image: template.spec.containers[0]?.image, name: "server" }] } },
    };
    expect(revisionName(shuffled)).toBe(revisionName(content));
    expect(sameContent(shuffled, content)).toBe(true);
  });

  test.each<[string, RevisionContent]>([
    [
      "the image",
      {
        ...content,
        template: { spec: { containers: [{ name: "server", image: "registry.example/sentiment:v9" }] } },
      },
    ],
    ["a label", { ...content, template: { ...template, metadata: { labels: { a: "b" } } } }],
    ["the model's version", { template, model: { version: "v9" } }],
    ["the model's place", { template, model: { version: "v8", uri: "s3://models/v8" } }],
    ["no model", { template }],
    ["a destination", { destination: "b", model: { version: "v8" } }],
  ])("differs by %s", (_, other) => {
    expect(revisionName(other)).not.toBe(revisionName(content));
    expect(sameContent(other, content)).toBe(false);
  });
});

describe("what a spec releases", () => {
  const rest = { traffic: { rollingUpdate: {} }, strategy: { preset: "AllAtOnce" as const } };
  const pods = { replicas: 2, selector: { matchLabels: { app: "x" } }, template };

  test("is the pod template and the model, and nothing else", () => {
    const spec: ModelRolloutSpec = { ...rest, ...pods, model: { version: "v8" } };
    const changed: ModelRolloutSpec = {
      ...spec,
      replicas: 9,
      paused: true,
      strategy: { preset: "Canary10Percent5Minutes" },
    };
    expect(specContent(spec)).toEqual(content);
    expect(specContent(changed)).toEqual(content);
    expect(specContent({ ...rest, ...pods })).toEqual({ template });
  });

  test("is the destination without a workload", () => {
    expect(specContent({ ...rest, destination: "b" })).toEqual({ destination: "b" });
  });

  test("is in the Deployment with workloadRef", () => {
    expect(
      specContent({ ...rest, workloadRef: { apiVersion: "apps/v1", kind: "Deployment", name: "x" } }),
    ).toBeUndefined();
  });
});
