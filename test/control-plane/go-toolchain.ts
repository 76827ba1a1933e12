import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";
import { toolsFolder } from "./binaries.ts";

const run = promisify(execFile);

/** Oldest Go that compiles Kubernetes 1.36 (the `go` line of its go.mod). */
const needed = "1.26";

const advice = [
  `The tests and the demo run a real Kubernetes control plane, built from source with Go ${needed} or newer.`,
  "  - Install Go: https://go.dev/dl/ (or: brew install go, apt install golang-go, winget install GoLang.Go),",
  "    open a new terminal and run the same command again; or",
  "  - set KUBEBUILDER_ASSETS to a folder with ready-made etcd, kube-apiserver, kubectl,",
  "    kube-controller-manager, kube-scheduler and kwok; or",
  "  - set MODELROLLOUT_TEST_KUBECONFIG to the kubeconfig of a test cluster of yours.",
].join("\n");

/** No usable Go; the message says what a person can do about it. */
export class GoMissingError extends Error {
  override readonly name = "GoMissingError";

  constructor(problem: string) {
    super(`${problem}\n${advice}`);
  }
}

/**
 * The `go` command to use: the one in PATH, else the usual places of an installation whose PATH was never set.
 * @throws GoMissingError when there is none
 */
export function findGo(env: NodeJS.ProcessEnv = process.env): string {
  const folders = (env["PATH"] ?? "").split(delimiter).filter((folder) => folder !== "");
  if (env["GOROOT"]) folders.push(join(env["GOROOT"], "bin"));
  folders.push("/usr/local/go/bin", "/opt/homebrew/bin", "/usr/lib/go/bin", "/snap/bin");
  folders.push(join(homedir(), "go", "bin"), join(homedir(), ".local", "go", "bin"));
  const found = folders.map((folder) => join(folder, "go")).find((file) => existsSync(file));
  if (found === undefined) throw new GoMissingError("Go is not installed (no `go` in PATH).");
  return found;
}

/** The environment of every `go` call: pinned modules only, no C compiler, clean-up of the module cache possible. */
export function goEnvironment(env: NodeJS.ProcessEnv = process.env): NodeJS.ProcessEnv {
  return {
    ...env,
    HOME: env["HOME"] || homedir(),
    CGO_ENABLED: "0",
    GOFLAGS: "-mod=readonly -modcacherw",
    GOWORK: "off",
    GO111MODULE: "on",
  };
}

/**
 * The version that would compile our modules. A Go of 1.21 or newer may fetch the one that go.mod asks for
 * (GOTOOLCHAIN=auto, its default), so this asks inside the module.
 * @throws GoMissingError when it is too old and may not fetch a newer one
 */
export async function goVersion(go: string, env: NodeJS.ProcessEnv = process.env): Promise<string> {
  try {
    const options = { cwd: join(toolsFolder, "kubernetes"), env: goEnvironment(env) };
    const { stdout } = await run(go, ["env", "GOVERSION"], options);
    return checkedVersion(stdout.trim(), go);
  } catch (error) {
    if (error instanceof GoMissingError) throw error;
    const said = (error as { stderr?: string }).stderr ?? "";
    throw new GoMissingError(`${go} cannot compile Kubernetes: ${said.trim() || String(error)}`);
  }
}

/** @throws GoMissingError when `version` (as `go1.26.1`) is older than what is needed */
export function checkedVersion(version: string, go: string): string {
  const match = /^go(\d+)\.(\d+)/.exec(version);
  const [major, minor] = needed.split(".").map(Number) as [number, number];
  const newEnough =
    match !== null && (Number(match[1]) > major || (Number(match[1]) === major && Number(match[2]) >= minor));
  // A Go built from source calls itself "devel …"; its owner knows what they do.
  if (newEnough || version.startsWith("devel")) return version;
  throw new GoMissingError(`Go is too old: ${go} is ${version || "of an unknown version"}.`);
}
