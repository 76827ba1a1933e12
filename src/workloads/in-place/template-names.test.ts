import { expect, test } from "vitest";
import type { PodTemplate } from "../../api/types.ts";
import type { KubeApi } from "../../runtime/kube-api.ts";
import { KubeError } from "../../runtime/kube-error.ts";
import { hasAllOf, TemplateAliases } from "./aliases.ts";
import { hashOfTemplate, type InPlaceDeployment, type PodSetObject } from "./objects.ts";
import type { InPlaceParts, InPlaceSpec } from "./read.ts";
import { templateNames } from "./template-names.ts";

const templateOf = (version: string, revision?: string): PodTemplate => ({
  metadata: {
    labels: { app: "x", ...(revision === undefined ? {} : { "modelrollout.dev/revision": revision }) },
  },
  spec: { containers: [{ name: "server", image: `m:${version}` }] },
});
/** As a newer API server has it. */
const newer = (given: PodTemplate): PodTemplate => ({
  ...given,
  spec: { ...given.spec, newField: "default" },
});

interface Given {
  readonly owned?: boolean;
  /** What the API server makes of a template. */
  readonly answer?: (patched: PodTemplate) => PodTemplate | Error;
  /** Templates of the ReplicaSets, with so many pods. */
  readonly sets?: readonly (readonly [PodTemplate, number])[];
}

/** Revisions r1 and r2 are stored. */
function cluster({ owned = false, answer = newer, sets = [] }: Given = {}) {
  const asked: unknown[] = [];
  const patch = async (path: string, body: readonly { readonly value?: unknown }[], options: object) => {
    asked.push([path, options]);
    const made = answer(body[1]?.value as PodTemplate);
    if (made instanceof Error) throw made;
    return await Promise.resolve({ metadata: {}, spec: { template: made } });
  };
  const api = { patch } as unknown as KubeApi;
  const all = sets.map(
    ([template, pods]): PodSetObject => ({
      metadata: {},
      spec: { replicas: 0 },
      status: { replicas: pods },
      hash: hashOfTemplate(template),
    }),
  );
  const parts = {
    api,
    aliases: new TemplateAliases(api),
    stores: { sets: { byIndex: () => all } },
  } as unknown as InPlaceParts;
  const spec = { namespace: "prod", deployment: "x", ...(owned ? { owned: {} } : {}) } as InPlaceSpec;
  const stored = ["r1", "r2"].map((revision, index) => ({
    revision,
    hashVersion: "1",
    template: templateOf(`v${index + 1}`, owned ? revision : undefined),
  }));
  const names = async (standing: PodTemplate) => {
    const metadata = { name: "x", namespace: "prod", uid: "u1" };
    const object = { metadata, spec: { template: standing } } as InPlaceDeployment;
    return await templateNames(parts, spec, object, stored, undefined);
  };
  return {
    asked,
    names,
    name: async (standing: PodTemplate) => (await names(standing))(hashOfTemplate(standing)),
  };
}

test("a template that is stored is known by its hash, and nobody is asked", async () => {
  const { name, asked } = cluster();
  expect(await name(templateOf("v2"))).toBe("r2");
  expect(asked).toEqual([]);
});

test("one that differs by new defaults only is the stored one; the API server is asked once, by a dry-run", async () => {
  for (const owned of [false, true]) {
    const { name, asked } = cluster({ owned });
    const standing = newer(templateOf("v2", owned ? "r2" : undefined));
    expect(await name(standing)).toBe("r2");
    expect(await name(standing)).toBe("r2");
    const path = "/apis/apps/v1/namespaces/prod/deployments/x";
    expect(asked).toEqual([[path, { type: "json", fieldManager: "modelrollout", dryRun: true }]]);
  }
});

test("another template is another one: where nothing stored is in it nobody is asked", async () => {
  const { name, asked } = cluster();
  const other = newer(templateOf("v3"));
  expect(await name(other)).toBe(hashOfTemplate(other));
  expect(asked).toEqual([]);
});

test("something more that is no default is a new revision", async () => {
  const { name, asked } = cluster();
  const restarted = { ...templateOf("v1"), metadata: { labels: { app: "x" }, annotations: { at: "now" } } };
  expect(await name(restarted)).toBe(hashOfTemplate(restarted));
  expect(await name(restarted)).toBe(hashOfTemplate(restarted));
  expect(asked).toHaveLength(1);
});

test("of ours one that claims no stored revision is none, and one that was edited is not the one that it claims", async () => {
  const { name, asked } = cluster({ owned: true });
  const edited = newer({ ...templateOf("v9", "r1") });
  expect(await name(edited)).toBe(hashOfTemplate(edited));
  expect(asked).toHaveLength(1);
  await name(newer(templateOf("v1")));
  expect(asked).toHaveLength(1);
});

test("after an upgrade in mid-release the ReplicaSets of the other version are known, too", async () => {
  const [v1, v2, v0] = [newer(templateOf("v1")), newer(templateOf("v2")), newer(templateOf("v0"))];
  const sets = [
    [v1, 3],
    [v2, 1],
    [v0, 0],
  ] as const;
  const { names, asked } = cluster({ sets });
  const name = await names(v2);
  expect([v1, v2].map((each) => name(hashOfTemplate(each)))).toEqual(["r1", "r2"]);
  expect(name(hashOfTemplate(v0))).toBe(hashOfTemplate(v0));
  // The standing one, and of r1 what has pods.
  expect(asked).toHaveLength(2);
});

test("without an answer it is asked again, and nothing waits for it; a refusal is an answer", async () => {
  const standing = newer(templateOf("v1"));
  for (const [reason, times] of [
    ["Timeout", 2],
    ["Invalid", 1],
  ] as const) {
    const { name, asked } = cluster({ answer: () => new KubeError(reason, "no") });
    expect(await name(standing)).toBe(hashOfTemplate(standing));
    expect(await name(standing)).toBe(hashOfTemplate(standing));
    expect(asked).toHaveLength(times);
  }
  const broken = cluster({ answer: () => new TypeError("a fault of ours") });
  await expect(broken.name(standing)).rejects.toThrow("a fault of ours");
});

test("a template has all of another when every field stands in it as it is; lists are of the same length", () => {
  const all = templateOf("v1");
  expect(hasAllOf(newer(all), all)).toBe(true);
  expect(hasAllOf(all, newer(all))).toBe(false);
  const [server] = all.spec.containers;
  const two = { ...all, spec: { containers: [server, server] } } as PodTemplate;
  expect(hasAllOf(two, all)).toBe(false);
  expect(hasAllOf({ ...all, spec: { containers: null } } as never, all)).toBe(false);
  expect(hasAllOf({ ...all, spec: { containers: { 0: server, length: 1 } } } as never, all)).toBe(false);
});
