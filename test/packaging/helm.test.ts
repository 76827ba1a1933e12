import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { parseRoles } from "../../src/config/roles-file.ts";
import { parseConfig } from "../../src/config.ts";
import { ensureHelm } from "../control-plane/helm.ts";
import { useControlPlane } from "../control-plane/shared.ts";
import { argsOf, type ByName, deploy, differences, kustomize, objectsOf, type Rendered } from "./rendered.ts";

const cluster = useControlPlane();
const chart = deploy("helm/modelrollout");
const system = "modelrollout-system/modelrollout";
const definition = "CustomResourceDefinition modelrollouts.modelrollout.dev";
const buildMs = 900_000;

let helm = "";
let home = "";
let base: ByName = {};
beforeAll(async () => {
  helm = await ensureHelm();
  home = await mkdtemp(join(tmpdir(), "modelrollout-helm-"));
  base = await kustomize(cluster.kubectlPath, "default");
}, buildMs);
afterAll(() => rm(home, { recursive: true, force: true }));

/** Runs Helm with nothing of this machine's own settings. @throws Error with what it said */
async function run(...args: string[]): Promise<string> {
  const env = { PATH: process.env["PATH"], HOME: home, KUBECONFIG: cluster.kubeconfigPath };
  const { stdout } = await promisify(execFile)(helm, args, { env, maxBuffer: 64 << 20 });
  return stdout;
}

const template = async (...args: string[]): Promise<ByName> =>
  objectsOf(await run("template", "any", chart, "--namespace", "modelrollout-system", ...args));

/** As the chart has it, without what keeps it when the chart is uninstalled. */
function withoutKeep(objects: ByName): ByName {
  const { metadata, ...rest } = objects[definition] as Rendered;
  const { annotations, ...others } = metadata;
  expect(annotations).toEqual({ "helm.sh/resource-policy": "keep" });
  return { ...objects, [definition]: { ...rest, metadata: others } };
}

/** Helm makes the namespace by `--create-namespace`, before the chart, and wants no other owner for it. */
function withoutNamespace(objects: ByName): ByName {
  return Object.fromEntries(Object.entries(objects).filter(([name]) => !name.startsWith("Namespace ")));
}

describe("the objects", () => {
  test("are those of kustomize, one by one", async () => {
    const objects = await template();
    expect(Object.keys(objects).length).toBeGreaterThan(10);
    expect(differences(withoutKeep(objects), withoutNamespace(base))).toEqual([]);
  });

  test("with a role's ARN and an image are those of the IRSA overlay", async () => {
    const overlay = await kustomize(cluster.kubectlPath, "overlays/irsa");
    const objects = await template(
      "--set=image.repository=111122223333.dkr.ecr.us-east-1.amazonaws.com/modelrollout",
      "--set=serviceAccount.annotations.eks\\.amazonaws\\.com/role-arn=arn:aws:iam::111122223333:role/modelrollout",
    );
    expect(differences(withoutKeep(objects), withoutNamespace(overlay))).toEqual([]);
  });

  test("with Pod Identity are those of its overlay", async () => {
    const overlay = await kustomize(cluster.kubectlPath, "overlays/pod-identity");
    const image = "--set=image.repository=111122223333.dkr.ecr.us-east-1.amazonaws.com/modelrollout";
    const objects = await template(image, "--set=podIdentity=true");
    expect(differences(withoutKeep(objects), withoutNamespace(overlay))).toEqual([]);
  });

  test("with a collector for traces are those of its overlay", async () => {
    const overlay = await kustomize(cluster.kubectlPath, "overlays/traced");
    const image = "--set=image.repository=111122223333.dkr.ecr.us-east-1.amazonaws.com/modelrollout";
    const objects = await template(image, "--set=tracing.endpoint=http://otel-collector.observability:4318");
    expect(differences(withoutKeep(objects), withoutNamespace(overlay))).toEqual([]);
  });

  test("for some namespaces are those of the namespaced overlay", async () => {
    const overlay = await kustomize(cluster.kubectlPath, "overlays/namespaced");
    const objects = await template("--set=namespaces={models}");
    expect(differences(withoutKeep(objects), withoutNamespace(overlay))).toEqual([]);
  });

  test("switched off are absent, and only they", async () => {
    const off = [
      "crds.install",
      "userRoles.install",
      "admissionPolicies.install",
      "networkPolicy.enabled",
      "podDisruptionBudget.enabled",
    ];
    const objects = await template(...off.map((name) => `--set=${name}=false`));
    expect(differences(objects, withoutNamespace(base))).toEqual([
      "ClusterRole modelrollout-edit",
      "ClusterRole modelrollout-view",
      definition,
      "MutatingAdmissionPolicy modelrollout-brake",
      "MutatingAdmissionPolicy modelrollout-start",
      "MutatingAdmissionPolicyBinding modelrollout-brake",
      "MutatingAdmissionPolicyBinding modelrollout-start",
      `NetworkPolicy ${system}`,
      `PodDisruptionBudget ${system}`,
    ]);
  });
});

test("every value reaches the pods, flags as the operator reads them", async () => {
  const objects = await template(
    "--set=replicas=3,image.repository=registry.example/mro,image.pullPolicy=Always,imagePullSecrets={key}",
    `--set=image.digest=sha256:${"a".repeat(64)}`,
    "--set=flags.log-level=debug,flags.alarm-poll-interval=30s,flags.leader-elect=true",
    "--set=env[0].name=AWS_REGION,env[0].value=eu-west-1,priorityClassName=high",
    "--set=nodeSelector.arch=arm,podAnnotations.a=b,tolerations[0].operator=Exists,resources.limits.memory=1Gi",
    "--set=affinity.nodeAffinity.x=y,namespaces={one,two}",
  );
  const deployment = objects[`Deployment ${system}`];
  expect(deployment).toMatchObject({
    spec: {
      replicas: 3,
      template: {
        metadata: { annotations: { a: "b" } },
        spec: {
          imagePullSecrets: [{ name: "key" }],
          priorityClassName: "high",
          nodeSelector: { arch: "arm" },
          tolerations: [{ operator: "Exists" }],
          affinity: { nodeAffinity: { x: "y" } },
          containers: [
            {
              image: `registry.example/mro@sha256:${"a".repeat(64)}`,
              imagePullPolicy: "Always",
              env: [{ name: "POD_NAME" }, { name: "AWS_REGION", value: "eu-west-1" }],
              resources: { limits: { memory: "1Gi" } },
            },
          ],
        },
      },
    },
  });
  const parsed = parseConfig(argsOf(deployment), {});
  if (!parsed.ok) throw new Error(parsed.problems.join("\n"));
  expect(parsed.config).toMatchObject({
    logLevel: "debug",
    alarmPollMs: 30_000,
    leaderElect: true,
    namespaces: ["one", "two"],
  });
  expect(Object.keys(objects)).toEqual(
    expect.arrayContaining(["Role one/modelrollout", "Role two/modelrollout"]),
  );
});

test("roles for namespaces are a file, as the operator reads it", async () => {
  const entry = { namespaces: ["team-a", "ml-*"], roleArn: "arn:aws:iam::210987654321:role/models" };
  const objects = await template(
    `--set-json=awsRoles=${JSON.stringify([entry])}`,
    "--set=flags.cluster-name=prod-eu,podAnnotations.a=b",
  );
  const { data } = objects["ConfigMap modelrollout-system/modelrollout-aws-roles"] as unknown as {
    data: Record<string, string>;
  };
  expect(parseRoles(data["roles.yaml"] ?? "", parse)).toEqual({ ok: true, entries: [entry] });
  const deployment = objects[`Deployment ${system}`];
  expect(parseConfig(argsOf(deployment), {})).toMatchObject({
    config: { awsRoles: "/etc/modelrollout/roles.yaml", clusterName: "prod-eu" },
  });
  expect(deployment).toMatchObject({
    spec: {
      template: {
        metadata: {
          annotations: { a: "b", "checksum/aws-roles": expect.stringMatching(/^[0-9a-f]{64}$/) as string },
        },
        spec: {
          containers: [
            { volumeMounts: [{ name: "aws-roles", mountPath: "/etc/modelrollout", readOnly: true }] },
          ],
          volumes: [{ name: "aws-roles", configMap: { name: "modelrollout-aws-roles" } }],
        },
      },
    },
  });
});

test("a pod monitor keeps the rollouts' own namespaces", async () => {
  const objects = await template("--set=podMonitor.enabled=true,podMonitor.labels.release=prometheus");
  expect(objects[`PodMonitor ${system}`]).toMatchObject({
    metadata: { labels: { release: "prometheus" } },
    spec: { podMetricsEndpoints: [{ port: "metrics", honorLabels: true }] },
  });
});

describe("values are refused", () => {
  test.each([
    ["replica=3", /additional properties 'replica' not allowed/],
    ["replicas=many", /got string, want integer/],
    ["image.digest=sha256:1", /does not match pattern/],
    ["flags.log-levl=debug", /additional properties 'log-levl' not allowed/],
    ["tracing.endpoint=collector:4318", /does not match pattern/],
    ["namespaces={Prod}", /does not match pattern/],
    ["awsRoles[0].roleArn=x", /missing property 'namespaces'/],
    ["serviceAccount.annotations.x=1", /got number, want string/],
  ])("%s", async (value, complaint) => {
    await expect(template(`--set=${value}`)).rejects.toThrow(complaint);
  });
});

test("lint finds nothing, and the API server takes the whole chart", async () => {
  expect(await run("lint", "--strict", chart)).toContain("0 chart(s) failed");
  const said = await run(
    "install",
    "modelrollout",
    chart,
    "--dry-run=server",
    `--namespace=${cluster.namespace}`,
    "--set=crds.install=false",
  );
  expect(said).toContain("which no registry has");
}, 60_000);
