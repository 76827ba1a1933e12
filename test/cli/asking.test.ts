import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { stringify } from "yaml";
import { specContent } from "../../src/api/revision.ts";
import type { ModelRollout } from "../../src/api/types.ts";
import { resolveWanted } from "../../src/workloads/slots/revisions.ts";
import { merge, pathOf, readCases, refusal, rollout } from "../api/cases.ts";
import { useControlPlane } from "../control-plane/shared.ts";
import { put } from "./live.ts";
import { runPlugin } from "./plugin.ts";
import { scene } from "./scenes.ts";

const cluster = useControlPlane();
let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "modelrollout-cli-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function plugin(
  command: "lint" | "plan",
  object: object | readonly object[],
  ...flags: readonly string[]
) {
  const file = join(folder, "file.yaml");
  const objects = Array.isArray(object) ? object : [object];
  await writeFile(file, objects.map((each) => stringify(each, { version: "1.1" })).join("---\n"));
  const args = [command, file, "-n", cluster.namespace, ...flags];
  const ended = await runPlugin(args, { kubeconfig: cluster.kubeconfigPath });
  return { ...ended, out: ended.out.replaceAll(file, "FILE"), err: ended.err.replaceAll(file, "FILE") };
}

describe("lint", () => {
  test("says the same as the API server, whatever is random in a spec", async () => {
    // Every pair of a refused change and an accepted one of the same base: neither check may know it by heart.
    const refused = (await readCases("refused.yaml")).filter(
      ({ set, name }) => set !== undefined && name === undefined,
    );
    const accepted = (await readCases("accepted.yaml")).filter(({ set }) => set !== undefined);
    const { validate } = await import("../../src/cli/schema/validate.ts");
    let compared = 0;
    for (const [index, one] of refused.entries()) {
      const partner = accepted.filter(({ base }) => base === one.base)[index % 7];
      if (partner === undefined) continue;
      const set = merge(partner.set, one.set) as Record<string, unknown>;
      const said = await refusal(cluster, { ...one, set });
      const { findings } = validate(rollout(one.base, set));
      expect([one.it, partner.it, findings.length > 0]).toEqual([one.it, partner.it, said !== undefined]);
      compared += 1;
    }
    expect(compared).toBeGreaterThan(50);
  });

  test("--server: what only the cluster knows", async () => {
    await put(cluster, "sentiment", "idle");
    const good = await plugin("lint", rollout("slots"), "--server");
    expect(good.code).toBe(0);
    const changed = await plugin(
      "lint",
      rollout("slots", {
        selector: { matchLabels: { app: "other" } },
        template: { metadata: { labels: { app: "other" } } },
      }),
      "--server",
    );
    expect([changed.code, changed.out]).toEqual([4, expect.stringContaining("spec.selector cannot change")]);
    const pods = await plugin(
      "lint",
      rollout("slots", { template: { spec: { containers: [{ name: "server", imge: "x" }] } } }, "typing"),
      "--server",
    );
    expect(pods.code).toBe(4);
    expect(pods.out).toContain("FILE:1: error: spec.template: the cluster refuses its pods: ");
    expect(pods.out).toContain("imge");
  });

  test("a name of YAML 1.1 is what kubectl takes it for", async () => {
    const text = `apiVersion: modelrollout.dev/v1alpha1\nkind: ModelRollout\nmetadata: {name: yes}\nspec: {}\n`;
    const linted = await runPlugin(["lint", "-"], { input: text });
    expect(linted.out).toContain("-:3: error: metadata.name: is required, and a string");
    const file = join(folder, "yes.yaml");
    await writeFile(file, text);
    await expect(cluster.kubectl("create", "--dry-run=client", "-f", file)).rejects.toThrow(
      /bool|cannot unmarshal/,
    );
  });
});

describe("plan --server", () => {
  const next = (version: string, set: object = {}) => {
    const { rollout: live } = scene("idle");
    return {
      apiVersion: live.apiVersion,
      kind: live.kind,
      metadata: { name: "planned" },
      spec: { ...live.spec, model: { ...live.spec.model, version }, ...set },
    };
  };

  test("of a file that changes nothing, other settings, and a new revision", async () => {
    await put(cluster, "planned", "idle");
    const same = await plugin("plan", next("v9"), "--server");
    expect([same.code, same.out.split("\n")[0]]).toEqual([
      0,
      `planned in ${cluster.namespace}: the spec would stay as it is`,
    ]);
    const settings = await plugin("plan", next("v9", { replicas: 8 }), "--server");
    expect(settings.out).toContain("other settings, no release");
    const release = await plugin("plan", next("v10"), "--server");
    expect(release.out).toContain("is a new revision: a release would begin");
    expect(release.out).toMatch(/✓ template +the cluster would make its pods/);
    expect(release.out).toMatch(/step 3\/3: 100 %/);
    const { metadata } = await cluster.client.get<ModelRollout>(pathOf(cluster, "planned"));
    expect(metadata.generation).toBe(1);
  });

  test("of a Deployment that is adopted: its size and its own limits", async () => {
    const template = {
      metadata: { labels: { app: "x" } },
      spec: { containers: [{ name: "x", image: "x:1" }] },
    };
    await cluster.apply({
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { name: "translation" },
      spec: {
        replicas: 4,
        selector: { matchLabels: { app: "x" } },
        strategy: { rollingUpdate: { maxSurge: 2, maxUnavailable: 0 } },
        template,
      },
    });
    const file = rollout("adopted", { workloadRef: { name: "translation" } }, "translation");
    const { code, out } = await plugin("plan", file, "--server");
    expect(code).toBe(0);
    expect(out).toContain("it does not exist yet and would be created");
    expect(out).toMatch(/0 % +0\/0 +100 % +4\/4 +step 2\/2: 100 %/);
    expect(out).toContain("at most 6 pods at once");
  });

  test("names that are taken, and the name of a revision that is kept", async () => {
    const live = await put(cluster, "kept", "idle");
    const template = {
      metadata: { labels: { app: "x" } },
      spec: { containers: [{ name: "x", image: "x:1" }] },
    };
    await cluster.apply({
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { name: "kept-b" },
      spec: { replicas: 0, selector: { matchLabels: { app: "x" } }, template },
    });
    const content = specContent({ ...live.spec, model: { version: "v10" } });
    if (content === undefined) throw new Error("a spec with a template has content");
    const { uid } = live.metadata;
    await cluster.apply({
      apiVersion: "apps/v1",
      kind: "ControllerRevision",
      metadata: {
        name: "kept-0123456789",
        labels: {
          "app.kubernetes.io/managed-by": "modelrollout",
          "modelrollout.dev/rollout": "kept",
          "modelrollout.dev/rollout-uid": uid,
          "modelrollout.dev/revision": "0123456789",
        },
      },
      revision: 1,
      data: { hashVersion: "0", ...content },
    });
    expect(resolveWanted(content, []).revision).not.toBe("0123456789");
    const file = { ...next("v10"), metadata: { name: "kept" } };
    const { out } = await plugin(
      "plan",
      { ...file, spec: { ...file.spec, model: { version: "v10" } } },
      "--server",
    );
    expect(out).toContain("v10 (revision 0123456789) is a new revision");
    expect(out).toContain("✗ names     Deployment kept-b exist and are not this ModelRollout's");
  });

  test("without rights to see more than the object itself, it says so", async () => {
    await put(cluster, "limited", "idle");
    const kubeconfig = await limitedKubeconfig();
    const file = join(folder, "limited.yaml");
    await writeFile(file, stringify({ ...next("v10"), metadata: { name: "limited" } }));
    const planned = await runPlugin(["plan", file, "--server", "-n", cluster.namespace], { kubeconfig });
    expect(planned.code).toBe(1);
    expect(planned.err).toContain(`error: you may not create deployments in namespace ${cluster.namespace}`);
    const status = await runPlugin(["status", "limited", "-n", cluster.namespace], { kubeconfig });
    expect(status.code).toBe(0);
    const abort = await runPlugin(["pause", "limited", "-n", cluster.namespace], { kubeconfig });
    expect(abort.code).toBe(0);
    const elsewhere = await runPlugin(["status", "limited", "-n", "default"], { kubeconfig });
    expect([elsewhere.code, elsewhere.err.split("\n")[0]]).toEqual([
      1,
      "error: you may not get modelrollouts in namespace default",
    ]);
  });
});

/** Somebody who may read and change ModelRollouts here, and nothing else. */
async function limitedKubeconfig(): Promise<string> {
  const { namespace } = cluster;
  const name = "person";
  await cluster.apply({ apiVersion: "v1", kind: "ServiceAccount", metadata: { name } });
  await cluster.apply({
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "Role",
    metadata: { name },
    rules: [
      {
        apiGroups: ["modelrollout.dev"],
        resources: ["modelrollouts"],
        verbs: ["get", "list", "watch", "patch", "update"],
      },
    ],
  });
  await cluster.apply({
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "RoleBinding",
    metadata: { name },
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name },
    subjects: [{ kind: "ServiceAccount", name, namespace }],
  });
  const token = (await cluster.kubectl("create", "token", name)).trim();
  const config = JSON.parse(await cluster.kubectl("config", "view", "--raw", "-o", "json"));
  const file = join(folder, "person.json");
  await writeFile(
    file,
    JSON.stringify({
      ...config,
      users: config.users.map(({ name: user }: { name: string }) => ({ name: user, user: { token } })),
    }),
  );
  return file;
}
