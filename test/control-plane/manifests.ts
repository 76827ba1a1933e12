import { execFile } from "node:child_process";
import { readdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { ControlPlane } from "./options.ts";

const run = promisify(execFile);

const folders = ["../../crds", "../target-binder"].map((path) =>
  fileURLToPath(new URL(path, import.meta.url)),
);

/**
 * Every CustomResourceDefinition that tests and the demo need: the project's own, and `TargetGroupBinding`.
 * @returns paths of YAML files
 */
export async function definitionFiles(): Promise<readonly string[]> {
  const files = await Promise.all(
    folders.map(async (folder) => {
      const names = await readdir(folder).catch(() => []);
      return names.filter((name) => name.endsWith(".yaml")).map((name) => join(folder, name));
    }),
  );
  return files.flat();
}

/**
 * Applies manifests (server-side, taking over fields) and waits until the definitions among them are served. One that
 * the API server refuses is told to `complain`, with what kubectl said, and the others are served all the same.
 */
export async function applyDefinitions(
  plane: Pick<ControlPlane, "kubectl" | "kubeconfigPath">,
  files: readonly string[],
  complain: (problem: string) => void = console.error,
): Promise<void> {
  await Promise.all(
    files.map(async (file) => {
      try {
        const names = await kubectl(plane, [
          "apply",
          "--server-side",
          "--force-conflicts",
          "-o",
          "name",
          "-f",
          file,
        ]);
        const definitions = names.split("\n").filter((name) => name.startsWith("customresourcedefinition"));
        const established = ["wait", "--for=condition=Established", "--timeout=30s"];
        if (definitions.length > 0) await kubectl(plane, [...established, ...definitions]);
      } catch (error) {
        complain(`${file} could not be applied: ${error instanceof Error ? error.message : String(error)}`);
      }
    }),
  );
}

/**
 * Runs kubectl as the administrator, or with `--kubeconfig` among the arguments as somebody else.
 * @returns what it printed
 * @throws Error with what it said on standard error
 */
export async function kubectl(
  plane: Pick<ControlPlane, "kubectl" | "kubeconfigPath">,
  args: readonly string[],
): Promise<string> {
  const env = { ...process.env, ...kubectlEnv(plane.kubeconfigPath) };
  const { stdout } = await run(plane.kubectl, [...args], { env, maxBuffer: 64 << 20 });
  return stdout;
}

/**
 * Variables for a kubectl on this cluster. Its discovery cache is keyed by address and port alone, and another control
 * plane may have had that port before: so each has a cache of its own, beside the kubeconfig that was made for it.
 */
export function kubectlEnv(kubeconfigPath: string): Readonly<Record<string, string>> {
  const given = process.env.MODELROLLOUT_TEST_KUBECONFIG;
  if (given === kubeconfigPath) return { KUBECONFIG: kubeconfigPath };
  return { KUBECONFIG: kubeconfigPath, KUBECACHEDIR: join(dirname(kubeconfigPath), "kubectl-cache") };
}
