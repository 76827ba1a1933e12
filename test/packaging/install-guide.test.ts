import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { KubeList, KubeObject } from "../control-plane/api-client.ts";
import { ensureHelm } from "../control-plane/helm.ts";
import { useOwnControlPlane } from "../control-plane/shared.ts";
import { shellBlocks } from "./guide.ts";
import { deploy } from "./rendered.ts";

const cluster = useOwnControlPlane();
const root = fileURLToPath(new URL("../..", import.meta.url));
const blocks = await shellBlocks("install.md");
const variables = blocks.filter((block) => block.every((line) => /^[A-Z]+=/.test(line))).flat();
const commands = blocks.filter((block) => block.every((line) => !variables.includes(line)));
const usesHelm = (block: readonly string[]): boolean => block.some((line) => line.startsWith("helm "));
/** These need an account, or an engine. */
const isOutside = (line: string): boolean => /^(aws|docker) /.test(line);

let home = "";
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), "modelrollout-guide-"));
  await symlink(cluster.kubectlPath, join(home, "kubectl"));
  await symlink(await ensureHelm(), join(home, "helm"));
}, 900_000);
afterAll(() => rm(home, { recursive: true, force: true }));

/** Runs commands as a reader would, in the root of the checkout. @throws Error with what they said */
async function run(lines: readonly string[]): Promise<string> {
  const script = ["set -eu", ...variables, ...lines].join("\n");
  const PATH = [home, process.env["PATH"]].join(delimiter);
  const env = { PATH, HOME: home, KUBECONFIG: cluster.kubeconfigPath };
  const { stdout } = await promisify(execFile)("/bin/sh", ["-c", script], {
    cwd: root,
    env,
    maxBuffer: 64 << 20,
  });
  return stdout;
}

const namespaces = async (): Promise<readonly string[]> =>
  (await cluster.client.get<KubeList<KubeObject>>("/api/v1/namespaces")).items.map(
    ({ metadata }) => metadata.name,
  );
const definitions = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/modelrollouts.modelrollout.dev";

test("the guide has commands of each kind", () => {
  expect(variables.length).toBe(2);
  expect(commands.filter(usesHelm).length).toBeGreaterThan(2);
  expect(commands.flat().filter((line) => line.includes("kubectl ")).length).toBeGreaterThan(8);
  expect(commands.flat().filter(isOutside).length).toBeGreaterThan(4);
});

test("its commands with kubectl install, upgrade and uninstall, one after the other", async () => {
  for (const block of commands.filter((each) => !usesHelm(each) && !each.some(isOutside))) await run(block);
  expect(await namespaces()).not.toContain("modelrollout-system");
  await expect(cluster.client.get(definitions)).rejects.toThrow(/NotFound/);
});

test("its commands with Helm do, too", async () => {
  for (const block of commands.filter(usesHelm)) {
    const said = await run(block);
    expect(said, block.join("\n")).not.toContain("which no registry has");
  }
  expect(await namespaces()).not.toContain("modelrollout-system");
  await expect(cluster.client.get(definitions)).rejects.toThrow(/NotFound/);
});

test("files that are handed to AWS are there, and are JSON", async () => {
  const files = commands
    .flat()
    .filter(isOutside)
    .flatMap((line) => [...line.matchAll(/file:\/\/(\S+)/g)].map(([, file]) => file ?? ""));
  expect(files.length).toBeGreaterThan(2);
  for (const file of files) JSON.parse(await readFile(join(root, file), "utf8"));
});

test("it explains every call of the IAM policy", async () => {
  const page = await readFile(join(root, "docs/install.md"), "utf8");
  const policy = await readFile(deploy("iam/policy.json"), "utf8");
  const calls = [...policy.matchAll(/"\w+:(\w+)"/g)].map(([, call]) => `\`${call}\``);
  expect(calls.length).toBeGreaterThan(5);
  expect(calls.filter((call) => !page.includes(call))).toEqual([]);
});
