import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { findGo, goEnvironment } from "../control-plane/go-toolchain.ts";
import { createIfAbsent } from "../control-plane/service-account.ts";
import { useControlPlane } from "../control-plane/shared.ts";
import { customization, folder, madeFiles, playedTestData, readTestData } from "./argo-cd/files.ts";
import { pluginFolder } from "./plugin.ts";

const cluster = useControlPlane();
const run = promisify(execFile);
const root = new URL("../../", import.meta.url);

describe("the customization in Argo CD's own layout", () => {
  test("what is made of the test data is up to date: `node test/cli/argo-cd/main.ts`", async () => {
    for (const [path, text] of await madeFiles(await readTestData())) {
      expect([path, await readFile(new URL(path, folder), "utf8")]).toEqual([path, text]);
    }
  });

  test("the test data has every situation that the core can leave a ModelRollout in", async () => {
    const names = (await readdir(new URL(`${customization}/testdata/`, folder))).map((name) =>
      name.replace(".yaml", ""),
    );
    for (const name of playedTestData().keys()) expect(names).toContain(name);
  });

  test("gopher-lua runs the scripts over all of it, as Argo CD does", async () => {
    const cwd = fileURLToPath(new URL("test/", folder));
    // -count=1: Go does not see that the scripts have changed.
    const { stdout } = await run(findGo(), ["test", "-count=1", "-v", "./..."], {
      cwd,
      env: goEnvironment(),
    });
    expect(stdout).toMatch(/^ok\s/m);
    expect(stdout.match(/^ +--- PASS/gm)?.length).toBeGreaterThan(100);
    expect(stdout).not.toContain("--- SKIP");
  });

  test("and over what the core makes today", async () => {
    const statuses = await mkdtemp(join(tmpdir(), "modelrollout-statuses-"));
    try {
      for (const [name, rollout] of playedTestData()) {
        await writeFile(join(statuses, `${name}.json`), JSON.stringify(rollout));
      }
      const cwd = fileURLToPath(new URL("test/", folder));
      const env = { ...goEnvironment(), MODELROLLOUT_STATUSES: statuses };
      const { stdout } = await run(findGo(), ["test", "-count=1", "-run", "RealRuns", "-v", "./..."], {
        cwd,
        env,
      });
      expect(stdout.match(/^ +--- PASS/gm)?.length).toBe(playedTestData().size);
    } finally {
      await rm(statuses, { recursive: true, force: true });
    }
  });
});

describe("docs/gitops-argo-cd.md", () => {
  let here = "";
  let plugin: Awaited<ReturnType<typeof pluginFolder>>;
  let text = "";
  beforeAll(async () => {
    text = await readFile(new URL("docs/gitops-argo-cd.md", root), "utf8");
    here = await mkdtemp(join(tmpdir(), "modelrollout-docs-"));
    plugin = await pluginFolder();
    await symlink(fileURLToPath(new URL("deploy", root)), join(here, "deploy"));
    await mkdir(join(here, "sentiment"));
    const manifest = blocks("yaml").find((block) => block.startsWith("# sentiment/modelrollout.yaml")) ?? "";
    await writeFile(join(here, "sentiment/modelrollout.yaml"), manifest);
    for (const name of ["argocd", "prod"])
      await createIfAbsent(cluster.client, "/api/v1/namespaces", { metadata: { name } });
  });
  afterAll(async () => {
    await plugin.dispose();
    await rm(here, { recursive: true, force: true });
  });

  const blocks = (language: string): readonly string[] =>
    [...text.matchAll(new RegExp(`^\`\`\`${language}\n([\\s\\S]*?)^\`\`\`$`, "gm"))].map(
      (match) => match[1] ?? "",
    );

  test("its YAML is YAML, and its commands are few enough to be run one by one", () => {
    for (const block of blocks("yaml")) expect(parse(block)).toBeTypeOf("object");
    const commands = blocks("sh").flatMap((block) => block.trim().split("\n"));
    expect(commands.length).toBeGreaterThan(8);
    for (const command of commands) expect(command).toMatch(/^(kubectl|argocd) /);
  });

  test("its commands do what it says, in its order", async () => {
    const settings = "/api/v1/namespaces/argocd/configmaps";
    await createIfAbsent(cluster.client, settings, {
      metadata: { name: "argocd-cm" },
      data: { url: "https://argocd.example" },
    });
    const env = {
      ...process.env,
      KUBECONFIG: cluster.kubeconfigPath,
      PATH: plugin.path.replace(":", `:${join(cluster.kubectlPath, "..")}:`),
    };
    const said = new Map<string, string>();
    // Those of Argo CD's own client need an Argo CD; the approval needs a release that waits for one.
    const runnable = blocks("sh")
      .flatMap((block) => block.trim().split("\n"))
      .filter((command) => command.startsWith("kubectl ") && !command.includes("approve"));
    for (const command of runnable) {
      const { stdout } = await run("sh", ["-c", command], { cwd: here, env });
      said.set(command, stdout);
    }
    const find = (part: string) => [...said].find(([command]) => command.includes(part))?.[1] ?? "";
    const { data } = await cluster.client.get<{ data: Record<string, string> }>(`${settings}/argocd-cm`);
    expect(Object.keys(data).sort()).toEqual([
      "resource.customizations.actions.modelrollout.dev_ModelRollout",
      "resource.customizations.health.modelrollout.dev_ModelRollout",
      "url",
    ]);
    expect(find("modelrollout lint")).toContain("1 ModelRollout: 0 errors, 0 warnings");
    expect(find("modelrollout plan")).toMatch(/step 3\/3: 100 %/);
    expect(find("apply -n prod")).toContain("modelrollout.modelrollout.dev/sentiment created");
    expect(find("get mro")).toContain("sentiment");
    expect(find("modelrollout status")).toContain("no operator has looked at it yet");
  });

  test("what Argo CD would apply again is no change: defaults are no difference to the server", async () => {
    const file = join(here, "sentiment/modelrollout.yaml");
    const version = () =>
      cluster.kubectl("-n", "prod", "get", "mro", "sentiment", "-o", "jsonpath={.metadata.resourceVersion}");
    const before = await version();
    await cluster.kubectl("apply", "-n", "prod", "-f", file);
    expect(await version()).toBe(before);
    // Server-side diff: a dry-run of a server-side apply, compared with what is there.
    const args = [
      "-n",
      "prod",
      "apply",
      "--server-side",
      "--force-conflicts",
      "--dry-run=server",
      "-o",
      "json",
      "-f",
      file,
    ];
    const predicted = JSON.parse(await cluster.kubectl(...args)) as { spec: object };
    const live = JSON.parse(await cluster.kubectl("-n", "prod", "get", "mro", "sentiment", "-o", "json")) as {
      spec: object;
    };
    expect(predicted.spec).toEqual(live.spec);
  });

  test("an annotation that is not in Git survives the next apply", async () => {
    await cluster.kubectl("annotate", "-n", "prod", "mro/sentiment", "modelrollout.dev/abort=x-1");
    await cluster.kubectl("apply", "-n", "prod", "-f", join(here, "sentiment/modelrollout.yaml"));
    const jsonpath = "jsonpath={.metadata.annotations.modelrollout\\.dev/abort}";
    expect(await cluster.kubectl("get", "-n", "prod", "mro", "sentiment", "-o", jsonpath)).toBe("x-1");
  });
});
