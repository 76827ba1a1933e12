import { describe, expect, test } from "vitest";
import type { ModelRollout } from "../../src/api/types.ts";
import { pathOf } from "../api/cases.ts";
import { useControlPlane } from "../control-plane/shared.ts";
import { put } from "./live.ts";
import { pluginFolder, runPlugin, runThroughKubectl } from "./plugin.ts";
import { type SceneName, scene } from "./scenes.ts";

const cluster = useControlPlane();
const plugin = (...args: readonly string[]) =>
  runPlugin([...args, "-n", cluster.namespace], { kubeconfig: cluster.kubeconfigPath });
const read = (name: string) => cluster.client.get<ModelRollout>(pathOf(cluster, name));

describe("each verb writes the very value that the live object asks for", () => {
  test.each<[string, SceneName, string, (status: NonNullable<ModelRollout["status"]>) => string | undefined]>(
    [
      ["approve", "awaiting-approval", "approve", ({ awaiting }) => awaiting],
      ["approve", "paused-by-an-alarm", "approve", ({ awaiting }) => awaiting],
      ["promote", "holding", "promote", ({ release }) => release],
      ["abort", "holding", "abort", ({ release }) => release],
      ["abort", "retained", "abort", ({ release }) => release],
      ["retry", "rolled-back", "retry", ({ failedRelease }) => failedRelease],
      ["override-alarms", "blocked-by-an-alarm", "override-alarms", ({ release }) => release],
    ],
  )("%s, %s", async (verb, sceneName, annotation, value) => {
    const name = `${verb}-${sceneName}`;
    await put(cluster, name, sceneName);
    const { code, out } = await plugin(verb, name);
    expect([code, out.startsWith(`${name}: `)]).toEqual([0, true]);
    const { metadata, spec, status } = await read(name);
    expect(metadata.annotations?.[`modelrollout.dev/${annotation}`]).toBe(value(status ?? {}));
    expect(value(status ?? {})).toMatch(/^[0-9a-f]{10}-\d/);
    expect(spec).toEqual((await read(name)).spec);
  });

  test("annotations and labels of others stay, and it is on record who wrote", async () => {
    await put(cluster, "kept", "holding");
    await cluster.kubectl("annotate", "mro/kept", "team=models");
    await plugin("abort", "kept");
    const { metadata } = await read("kept");
    expect(metadata.annotations?.["team"]).toBe("models");
    const fields = JSON.parse(
      await cluster.kubectl("get", "mro", "kept", "-o", "json", "--show-managed-fields"),
    ) as { metadata: { managedFields: { manager: string }[] } };
    expect(fields.metadata.managedFields.map(({ manager }) => manager)).toContain("kubectl-modelrollout");
  });

  test("pause and resume change spec.paused and nothing else", async () => {
    const before = await put(cluster, "paused", "holding");
    expect((await plugin("pause", "paused")).code).toBe(0);
    expect((await read("paused")).spec).toEqual({ ...before.spec, paused: true });
    expect((await plugin("pause", "paused")).out).toContain("spec.paused is true already");
    expect((await plugin("resume", "paused")).code).toBe(0);
    expect((await read("paused")).spec).toEqual({ ...before.spec, paused: false });
  });
});

test("a refusal writes nothing", async () => {
  const before = await put(cluster, "refused", "idle");
  for (const verb of ["approve", "promote", "abort", "retry", "override-alarms"]) {
    const { code, err } = await plugin(verb, "refused");
    expect([verb, code]).toEqual([verb, 4]);
    expect(err).toContain("nothing is being released");
  }
  expect((await read("refused")).metadata.resourceVersion).toBe(before.metadata.resourceVersion);
});

describe("what is not there", () => {
  test("a name: the one that was probably meant", async () => {
    await put(cluster, "translation", "idle");
    const { code, err } = await plugin("status", "translaton");
    expect(code).toBe(3);
    expect(err).toBe(
      `error: there is no ModelRollout translaton in namespace ${cluster.namespace}\n  Did you mean translation?\n`,
    );
  });

  test("a namespace", async () => {
    const { code, err } = await runPlugin(["status", "x", "-n", "nowhere"], {
      kubeconfig: cluster.kubeconfigPath,
    });
    expect([code, err]).toEqual([
      3,
      "error: there is no ModelRollout x in namespace nowhere\n  There are none here; -n names another namespace.\n",
    ]);
  });

  test("a context, a kubeconfig, a cluster", async () => {
    const context = await plugin("status", "x", "--context", "nowhere");
    expect([context.code, context.err.split("\n")[0]]).toEqual([
      3,
      "error: the kubeconfig has no context nowhere",
    ]);
    const file = await plugin("status", "x", "--kubeconfig", "/nowhere/config");
    expect([file.code, file.err]).toEqual([3, "error: there is no kubeconfig /nowhere/config\n"]);
    const none = await runPlugin(["status", "x"], { env: { HOME: "/nowhere", KUBECONFIG: "" } });
    expect([none.code, none.err]).toEqual([1, expect.stringMatching(/^error: the kubeconfig names no /)]);
  });
});

test("as a kubectl plugin", async () => {
  await put(cluster, "spoken", "holding");
  const folder = await pluginFolder();
  try {
    const options = { kubeconfig: cluster.kubeconfigPath };
    const through = (...args: readonly string[]) =>
      runThroughKubectl(cluster.kubectlPath, folder.path, args, options);
    const status = await through("status", "mro/spoken", "-n", cluster.namespace);
    expect(status.code).toBe(0);
    expect(status.out.split("\n")[0]).toMatch(/^spoken in test-\w+ {2}Holding {2}step 1\/3 {2}10 %$/);
    const refused = await through("approve", "spoken", "-n", cluster.namespace);
    expect([refused.code, refused.err]).toEqual([
      4,
      expect.stringContaining("nothing waits for an approval"),
    ]);
    const json = await through("status", "spoken", "-n", cluster.namespace, "-o", "json");
    expect(JSON.parse(json.out)).toMatchObject({
      name: "spoken",
      health: "Progressing",
      state: "Holding",
      release: scene("holding").rollout.status?.release,
    });
    const help = await through("--help");
    expect(help.out).toContain("kubectl modelrollout COMMAND NAME|FILE");
  } finally {
    await folder.dispose();
  }
});
