import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { parse, parseAllDocuments } from "yaml";
import { version as apiVersion, group, plural } from "../src/api/group.ts";
import { parseConfig } from "../src/config.ts";
import { inPlaceClusterRights, inPlaceRights } from "../src/workloads/in-place/stores.ts";
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
  const text = await readFile(join(root, "deploy", "base", file), "utf8");
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

test("what is in no namespace has a ClusterRole of its own, which no Role has to repeat", async () => {
  const all = await manifests("rbac.yaml");
  const role = all.find(
    ({ kind, metadata }) => kind === "ClusterRole" && metadata.name?.endsWith("-policies"),
  );
  expect([...rights(role?.rules ?? [])].sort()).toEqual([...rights(inPlaceClusterRights)].sort());
});

/** AWS calls in the code: by the names of the SDK's commands, and by what is written beside each for metrics. */
async function callsInCode(): Promise<{
  readonly names: readonly string[];
  readonly actions: readonly string[];
}> {
  const names = new Set<string>();
  const actions = new Set<string>();
  for (const file of await readdir(join(root, "src"), { recursive: true })) {
    if (!file.endsWith(".ts") || file.endsWith(".test.ts")) continue;
    const text = await readFile(join(root, "src", file), "utf8");
    for (const [, call = ""] of text.matchAll(/new (?:\w+\.)?(\w+)Command\(/g)) names.add(call);
    for (const [, service, call = ""] of text.matchAll(/service: "(\w+)",\s*operation: "(\w+)"/g)) {
      names.add(call);
      actions.add(`${service}:${call}`);
    }
  }
  return { names: [...names].sort(), actions: [...actions] };
}

test("the IAM policies allow the AWS calls in the code, and nothing else", async () => {
  const files = ["policy.json", "assume-roles.json"];
  const texts = await Promise.all(files.map((name) => readFile(join(root, "deploy", "iam", name), "utf8")));
  type Policy = { readonly Statement: readonly { readonly Action: readonly string[] }[] };
  const allowed = texts.flatMap((text) =>
    (JSON.parse(text) as Policy).Statement.flatMap(({ Action }) => Action),
  );
  const { names, actions } = await callsInCode();
  expect(names.length).toBeGreaterThan(10);
  expect(allowed.map((action) => action.split(":")[1] ?? "").sort()).toEqual(names);
  expect(actions.length).toBeGreaterThan(5);
  expect(actions.filter((action) => !allowed.includes(action))).toEqual([]);
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

test("with traces the image's own NODE_OPTIONS stand too", async () => {
  const read = async (path: string): Promise<string> => await readFile(join(root, path), "utf8");
  const [, own] = /^ENV NODE_OPTIONS="(.*)"$/m.exec(await read("Dockerfile")) ?? [];
  const traced = `${own} --import=/app/tracing.mjs`;
  expect(own).toContain("--max-old-space-size");
  expect(await read("deploy/components/tracing/kustomization.yaml")).toContain(traced);
  expect(await read("deploy/helm/modelrollout/templates/deployment.yaml")).toContain(traced);
});

test("the chart, the overlays and the package have one version", async () => {
  const read = async (path: string): Promise<unknown> => parse(await readFile(join(root, path), "utf8"));
  const { version } = (await read("package.json")) as { readonly version: string };
  expect(await read("deploy/helm/modelrollout/Chart.yaml")).toMatchObject({ version, appVersion: version });
  for (const overlay of ["irsa", "pod-identity", "traced"]) {
    const images = [{ name: "modelrollout", newTag: version }];
    expect(await read(`deploy/overlays/${overlay}/kustomization.yaml`)).toMatchObject({ images });
  }
});

test("the trust policies name the service account, and roles for Pod Identity may tag their session", async () => {
  const { metadata } = await find("operator.yaml", "ServiceAccount");
  const read = async (name: string): Promise<unknown> =>
    JSON.parse(await readFile(join(root, "deploy", "iam", `${name}.json`), "utf8"));
  const subject = `system:serviceaccount:${metadata.namespace}:${metadata.name}`;
  expect(JSON.stringify(await read("trust-irsa"))).toContain(`:sub":"${subject}"`);
  expect(await read("trust-pod-identity")).toMatchObject({
    Statement: [
      {
        Principal: { Service: "pods.eks.amazonaws.com" },
        Action: ["sts:AssumeRole", "sts:TagSession"],
        Condition: {
          StringEquals: {
            "aws:RequestTag/kubernetes-namespace": metadata.namespace,
            "aws:RequestTag/kubernetes-service-account": metadata.name,
          },
        },
      },
    ],
  });
});

test("everything lives in one namespace, and the role is of the group that is served", async () => {
  const all = [...(await manifests("rbac.yaml")), ...(await manifests("operator.yaml"))];
  const namespaces = new Set(
    all.map(({ metadata }) => metadata.namespace).filter((name) => name !== undefined),
  );
  expect([...namespaces]).toEqual(["modelrollout-system"]);
  expect(apiVersion).toBe("v1alpha1");
});
