import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { parseAllDocuments } from "yaml";
import { version as apiVersion, group, plural } from "../src/api/group.ts";
import { parseConfig } from "../src/config.ts";
import { inPlaceRights } from "../src/workloads/in-place/stores.ts";
import { slotRights } from "../src/workloads/slots/stores.ts";
import { root } from "./command.ts";

interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
}

interface Manifest {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly rules?: readonly Rule[];
  readonly spec?: { readonly template: { readonly spec: { readonly containers: readonly Container[] } } };
}

interface Container {
  readonly image: string;
  readonly args: readonly string[];
  readonly ports: readonly { readonly name: string; readonly containerPort: number }[];
}

async function manifests(file: string): Promise<readonly Manifest[]> {
  const text = await readFile(join(root, "deploy", file), "utf8");
  return parseAllDocuments(text).map((document) => document.toJS() as Manifest);
}

async function find(file: string, kind: string): Promise<Manifest> {
  const found = (await manifests(file)).find((manifest) => manifest.kind === kind);
  if (found === undefined) throw new Error(`${file} has no ${kind}`);
  return found;
}

/** `verb group/resource`, one for each right. */
const rights = (rules: readonly Rule[]): readonly string[] =>
  rules.flatMap(({ apiGroups, resources, verbs }) =>
    apiGroups.flatMap((name) =>
      resources.flatMap((resource) => verbs.map((verb) => `${verb} ${name}/${resource}`)),
    ),
  );

test("the ClusterRole allows what slots and Deployments in place need, the resource and events, and nothing else", async () => {
  const { rules = [] } = await find("rbac.yaml", "ClusterRole");
  const own = `${group}/${plural}`;
  const expected = [
    ...rights(slotRights),
    ...rights(inPlaceRights),
    ...["get", "list", "watch", "patch"].map((verb) => `${verb} ${own}`),
    `update ${own}/status`,
    "create events.k8s.io/events",
    "patch events.k8s.io/events",
  ];
  expect([...rights(rules)].sort()).toEqual(expected.sort());
});

/** AWS calls in the code, by the names of the SDK's commands. */
async function callsInCode(): Promise<readonly string[]> {
  const calls = new Set<string>();
  for (const file of await readdir(join(root, "src"), { recursive: true })) {
    if (!file.endsWith(".ts") || file.endsWith(".test.ts")) continue;
    const text = await readFile(join(root, "src", file), "utf8");
    for (const [, call] of text.matchAll(/new (\w+)Command\(/g)) if (call !== undefined) calls.add(call);
    // App Mesh is called through its aggregated client, which is loaded on demand.
    for (const [, call = ""] of text.matchAll(
      /(?:client|mesh)\.(describeRoute|updateRoute|listTagsForResource)\(/g,
    )) {
      if (call !== "") calls.add(`${call.charAt(0).toUpperCase()}${call.slice(1)}`);
    }
  }
  return [...calls].sort();
}

test("the IAM policy allows the AWS calls in the code, and nothing else", async () => {
  const policy = JSON.parse(await readFile(join(root, "deploy", "iam", "policy.json"), "utf8")) as {
    readonly Statement: readonly { readonly Action: readonly string[] }[];
  };
  const allowed = policy.Statement.flatMap(({ Action }) =>
    Action.map((action) => action.split(":")[1] ?? ""),
  );
  const calls = await callsInCode();
  expect(calls.length).toBeGreaterThan(5);
  expect([...allowed].sort()).toEqual(calls);
});

test("the Deployment's flags, ports and image fit the operator", async () => {
  const deployment = await find("operator.yaml", "Deployment");
  const container = deployment.spec?.template.spec.containers[0];
  const parsed = parseConfig(container?.args ?? [], {});
  if (!parsed.ok) throw new Error(parsed.problems.join("\n"));
  const ports = Object.fromEntries(
    (container?.ports ?? []).map(({ name, containerPort }) => [name, containerPort]),
  );
  expect(ports).toEqual({ metrics: parsed.config.metrics?.port, probes: parsed.config.probes?.port });
  const { version } = JSON.parse(await readFile(join(root, "package.json"), "utf8")) as {
    readonly version: string;
  };
  expect(container?.image.endsWith(`:${version}`)).toBe(true);
});

test("everything lives in one namespace, and the role is of the group that is served", async () => {
  const all = [...(await manifests("rbac.yaml")), ...(await manifests("operator.yaml"))];
  const namespaces = new Set(
    all.map(({ metadata }) => metadata.namespace).filter((name) => name !== undefined),
  );
  expect([...namespaces]).toEqual(["modelrollout-system"]);
  expect(apiVersion).toBe("v1alpha1");
});
