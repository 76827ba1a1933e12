import { execFile } from "node:child_process";
import { mkdtemp, readFile, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { promisify } from "node:util";
import { beforeAll, expect, test } from "vitest";
import { parse } from "yaml";
import { parseRoles } from "../../src/config/roles-file.ts";
import { parseConfig } from "../../src/config.ts";
import { useControlPlane } from "../control-plane/shared.ts";
import { argsOf, type ByName, deploy, differences, kustomize, objectsOf } from "./rendered.ts";

const cluster = useControlPlane();
const system = "modelrollout-system/modelrollout";
let everything: ByName = {};

beforeAll(async () => {
  everything = await kustomize(cluster.kubectlPath, "default");
});

test("install.yaml holds what kustomize makes of deploy/default, object by object", async () => {
  const install = objectsOf(await readFile(deploy("install.yaml"), "utf8"));
  expect(Object.keys(install).length).toBeGreaterThan(10);
  expect(differences(install, everything)).toEqual([]);
});

test("with IRSA the service account names its role, the Deployment its image, and nothing else differs", async () => {
  const irsa = await kustomize(cluster.kubectlPath, "overlays/irsa");
  expect(differences(irsa, everything)).toEqual([`Deployment ${system}`, `ServiceAccount ${system}`]);
  expect(irsa[`ServiceAccount ${system}`]?.metadata.annotations).toEqual({
    "eks.amazonaws.com/role-arn": "arn:aws:iam::111122223333:role/modelrollout",
  });
  expect(JSON.stringify(irsa[`Deployment ${system}`])).toMatch(
    /"image":"\d+\.dkr\.ecr\.[^"]+\/modelrollout:/,
  );
});

test("with Pod Identity the network policy lets the node's agent through, and no role is named", async () => {
  const pods = await kustomize(cluster.kubectlPath, "overlays/pod-identity");
  expect(differences(pods, everything)).toEqual([`Deployment ${system}`, `NetworkPolicy ${system}`]);
  expect(JSON.stringify(pods[`NetworkPolicy ${system}`])).toContain("169.254.170.23/32");
});

test("with traces the operator loads their bundle and may reach the collector, and nothing else differs", async () => {
  const traced = await kustomize(cluster.kubectlPath, "overlays/traced");
  expect(differences(traced, everything)).toEqual([`Deployment ${system}`, `NetworkPolicy ${system}`]);
  expect(JSON.stringify(traced[`Deployment ${system}`])).toContain("--import=/app/tracing.mjs");
  expect(JSON.stringify(traced[`NetworkPolicy ${system}`])).toContain("4318");
});

test("with roles for namespaces the operator is given the file, as it reads it, and nothing else differs", async () => {
  const folder = await mkdtemp(join(tmpdir(), "modelrollout-roles-"));
  try {
    const deployed = relative(await realpath(folder), deploy(""));
    const overlay = { resources: [`${deployed}/default`], components: [`${deployed}/components/aws-roles`] };
    await writeFile(join(folder, "kustomization.yaml"), JSON.stringify(overlay));
    const { stdout } = await promisify(execFile)(cluster.kubectlPath, ["kustomize", folder]);
    const roles = objectsOf(stdout);
    const [added = "", ...more] = differences(roles, everything);
    expect(more).toEqual([`Deployment ${system}`]);
    expect(added).toMatch(/^ConfigMap modelrollout-system\/modelrollout-aws-roles-/);
    const name = added.split("/")[1];
    expect(JSON.stringify(roles[`Deployment ${system}`])).toContain(`"configMap":{"name":"${name}"}`);
    const { data } = roles[added] as unknown as { data: Record<string, string> };
    expect(parseRoles(data["roles.yaml"] ?? "", parse)).toMatchObject({ ok: true });
    expect(parseConfig(argsOf(roles[`Deployment ${system}`]), {})).toMatchObject({
      config: { awsRoles: "/etc/modelrollout/roles.yaml", clusterName: "prod-eu" },
    });
  } finally {
    await rm(folder, { recursive: true });
  }
});

test("for some namespaces there is a Role in each, with the ClusterRole's rules, in place of the ClusterRole", async () => {
  const namespaced = await kustomize(cluster.kubectlPath, "overlays/namespaced");
  expect(differences(namespaced, everything)).toEqual([
    "ClusterRole modelrollout",
    "ClusterRoleBinding modelrollout",
    `Deployment ${system}`,
    "Role models/modelrollout",
    "RoleBinding models/modelrollout",
  ]);
  expect(namespaced["ClusterRole modelrollout"]).toBeUndefined();
  expect(namespaced["ClusterRoleBinding modelrollout"]).toBeUndefined();
  expect(namespaced["Role models/modelrollout"]?.["rules"]).toEqual(
    everything["ClusterRole modelrollout"]?.["rules"],
  );
  expect(namespaced["RoleBinding models/modelrollout"]?.["subjects"]).toEqual([
    { kind: "ServiceAccount", name: "modelrollout", namespace: "modelrollout-system" },
  ]);
  expect(JSON.stringify(namespaced[`Deployment ${system}`])).toContain("--namespaces=models");
});
