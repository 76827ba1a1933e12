import { beforeAll, describe, expect, test } from "vitest";
import type { KubeList, KubeObject } from "../control-plane/api-client.ts";
import { kubectl } from "../control-plane/manifests.ts";
import { eventually, useOwnControlPlane } from "../control-plane/shared.ts";
import { deploy } from "./rendered.ts";

const cluster = useOwnControlPlane();
const account = "system:serviceaccount:modelrollout-system:modelrollout";

/** kubectl without a namespace of its own, as people call it. */
const admin = (...args: string[]): Promise<string> => kubectl(cluster.plane, args);

/** Lines of `kubectl apply`, as `deployment.apps/modelrollout created`, without the mark of a dry run. */
async function apply(...args: string[]): Promise<readonly string[]> {
  const said = await admin("apply", ...args);
  return said
    .trim()
    .split("\n")
    .map((line) => line.replace(" (server dry run)", ""));
}

/** The objects of install.yaml as the API server has them, without what controllers write into them. */
async function held(): Promise<readonly object[]> {
  const text = await admin("get", "-f", deploy("install.yaml"), "-o", "json");
  return (JSON.parse(text) as KubeList<KubeObject>).items.map((object) => {
    const { name, namespace, uid, generation, labels } = object.metadata;
    return { ...object, status: undefined, metadata: { name, namespace, uid, generation, labels } };
  });
}

type Access = {
  readonly verb: string;
  readonly group?: string;
  readonly resource: string;
  readonly subresource?: string;
  readonly name?: string;
  /** Absent: in all namespaces. */
  readonly namespace?: string;
};

/** Whether somebody may do something, as the API server's authorizer says. */
async function may(user: string, groups: readonly string[], resourceAttributes: Access): Promise<boolean> {
  const path = "/apis/authorization.k8s.io/v1/subjectaccessreviews";
  const review = { metadata: {}, spec: { user, groups, resourceAttributes } };
  const { status } = await cluster.client.create<{ status: { allowed: boolean } }>(path, review);
  return status.allowed;
}

const asOperator = (access: Access): Promise<boolean> => may(account, ["system:serviceaccounts"], access);

/** `verb group/resource/subresource` in all namespaces. */
function access(text: string): Access {
  const [verb = "", what = ""] = text.split(" ");
  const [group = "", resource = "", subresource] = what.split("/");
  return { verb, group, resource, ...(subresource === undefined ? {} : { subresource }) };
}

beforeAll(async () => {
  await admin("apply", "-f", deploy("install.yaml"));
});

describe("install.yaml", () => {
  test("once applied is what the API server holds: a second time changes nothing", async () => {
    const before = await held();
    expect(before.length).toBeGreaterThan(10);
    await apply("-f", deploy("install.yaml"));
    expect(await held()).toEqual(before);
  });

  test("the API server would take it by server-side apply too, and every overlay", async () => {
    await admin("create", "namespace", "models");
    const dry = ["--dry-run=server", "--server-side", "--force-conflicts"];
    const whole = await apply(...dry, "-f", deploy("install.yaml"));
    expect(whole.filter((line) => !line.endsWith(" serverside-applied"))).toEqual([]);
    for (const overlay of ["irsa", "pod-identity", "namespaced", "traced"]) {
      const said = await apply(...dry, "-k", deploy(`overlays/${overlay}`));
      expect(said.length, overlay).toBeGreaterThan(10);
    }
  });

  test("its pods are admitted under the restricted Pod Security standard, on two nodes", async () => {
    const path = "/api/v1/namespaces/modelrollout-system";
    type Pod = KubeObject & { spec: { nodeName?: string } };
    let pods: readonly Pod[] = [];
    await eventually("two pods of the operator have a node", async () => {
      pods = (await cluster.client.get<KubeList<Pod>>(`${path}/pods`)).items;
      return pods.length === 2 && pods.every(({ spec }) => spec.nodeName !== undefined);
    });
    expect(new Set(pods.map(({ spec }) => spec.nodeName)).size).toBe(2);
    const { metadata } = await cluster.client.get<KubeObject>(path);
    expect(metadata.labels?.["pod-security.kubernetes.io/enforce"]).toBe("restricted");
    const containers = [{ name: "x", image: "x" }];
    const pod = { metadata: { name: "foreign" }, spec: { hostNetwork: true, containers } };
    await expect(cluster.client.create(`${path}/pods`, pod)).rejects.toThrow(/violates PodSecurity/);
  });

  test("its disruption budget finds the pods, and lets one go at a time", async () => {
    const path = "/apis/policy/v1/namespaces/modelrollout-system/poddisruptionbudgets/modelrollout";
    await eventually("one disruption is allowed", async () => {
      const budget = await cluster.client.get<{ status?: { disruptionsAllowed: number } }>(path);
      return budget.status?.disruptionsAllowed === 1;
    });
  });
});

describe("the operator's service account", () => {
  test.each([
    "patch modelrollout.dev/modelrollouts",
    "update modelrollout.dev/modelrollouts/status",
    "delete apps/deployments",
    "watch /pods",
  ])("may %s everywhere", async (what) => {
    expect(await asOperator(access(what))).toBe(true);
  });

  test.each([
    "get /secrets",
    "list /configmaps",
    "create /pods",
    "create /pods/exec",
    "impersonate /users",
    "delete modelrollout.dev/modelrollouts",
    "deletecollection apps/deployments",
    "create rbac.authorization.k8s.io/rolebindings",
  ])("may not %s", async (what) => {
    expect(await asOperator(access(what))).toBe(false);
  });

  test("may hold its own Lease, in its own namespace, and no other", async () => {
    const lease = { ...access("update coordination.k8s.io/leases"), name: "modelrollout" };
    const own = { ...lease, namespace: "modelrollout-system" };
    expect(await asOperator(own)).toBe(true);
    expect(await asOperator({ ...own, name: "other" })).toBe(false);
    expect(await asOperator({ ...lease, namespace: "default" })).toBe(false);
  });
});

describe("people with the cluster's own roles", () => {
  const roles = ["view", "edit", "admin"] as const;
  const rights = (role: (typeof roles)[number], what: string): Promise<boolean> =>
    may(`some-${role}`, ["system:authenticated"], { ...access(what), namespace: "people" });

  beforeAll(async () => {
    await admin("create", "namespace", "people");
    for (const role of roles) {
      const binding = ["rolebinding", `some-${role}`, `--clusterrole=${role}`, `--user=some-${role}`];
      await admin("create", "-n", "people", ...binding);
    }
    for (const role of roles) {
      await eventually(`${role} has its rights on rollouts`, () =>
        rights(role, `${role === "view" ? "get" : "patch"} modelrollout.dev/modelrollouts`),
      );
    }
  });

  test.each(roles)("%s", async (role) => {
    const changes = role !== "view";
    for (const verb of ["get", "list", "watch"]) {
      expect(await rights(role, `${verb} modelrollout.dev/modelrollouts`), verb).toBe(true);
      expect(await rights(role, `${verb} modelrollout.dev/modelrollouts/status`), verb).toBe(true);
    }
    for (const verb of ["create", "update", "patch", "delete"]) {
      expect(await rights(role, `${verb} modelrollout.dev/modelrollouts`), verb).toBe(changes);
    }
    expect(await rights(role, "patch modelrollout.dev/modelrollouts/scale")).toBe(changes);
    expect(await rights(role, "update modelrollout.dev/modelrollouts/status")).toBe(false);
  });
});
