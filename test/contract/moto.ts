import { type ChildProcess, execFile, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const requirements = fileURLToPath(new URL("moto-requirements.txt", import.meta.url));

/** `$MODELROLLOUT_CACHE/moto/KEY`, by default below `$XDG_CACHE_HOME` or `~/.cache`: outside of the checkout. */
function cacheFolder(python: string, env: NodeJS.ProcessEnv = process.env): string {
  const base =
    env["MODELROLLOUT_CACHE"] || join(env["XDG_CACHE_HOME"] || join(homedir(), ".cache"), "modelrollout");
  const key = createHash("sha256")
    .update(python)
    .update(readFileSync(requirements))
    .digest("hex")
    .slice(0, 16);
  return join(base, "moto", key);
}

const run = promisify(execFile);

/** `Python 3.11.7`, or undefined where there is none. */
async function pythonVersion(): Promise<string | undefined> {
  try {
    return (await run("python3", ["--version"])).stdout.trim();
  } catch {
    return undefined;
  }
}

/** Makes the virtual environment in a folder of its own, then moves it into place: half of one is never used. */
async function install(folder: string): Promise<void> {
  const making = `${folder}.${process.pid}`;
  mkdirSync(making, { recursive: true });
  try {
    console.warn(`installing ${readFileSync(requirements, "utf8").trim()} into ${folder} (once)`);
    await run("python3", ["-m", "venv", making]);
    await run(join(making, "bin", "python"), [
      "-m",
      "pip",
      "install",
      "--quiet",
      "--disable-pip-version-check",
      "-r",
      requirements,
    ]);
    if (!existsSync(folder)) renameSync(making, folder);
  } finally {
    rmSync(making, { recursive: true, force: true });
  }
}

/**
 * The default network that moto makes in a region, asked for by a bare Query request: there is no EC2 client among
 * the dependencies, and moto looks at nothing of a signature but its scope.
 */
export async function defaultNetwork(
  endpoint: string,
): Promise<{ readonly vpc: string; readonly subnets: readonly string[] }> {
  const scope = "Credential=test/20260101/us-east-1/ec2/aws4_request";
  const answer = await fetch(endpoint, {
    method: "POST",
    headers: {
      authorization: `AWS4-HMAC-SHA256 ${scope}, SignedHeaders=host, Signature=none`,
      "content-type": "application/x-www-form-urlencoded",
    },
    body: "Action=DescribeSubnets&Version=2016-11-15",
  });
  const text = await answer.text();
  const [vpc = ""] = /vpc-[0-9a-f]+/.exec(text) ?? [];
  return { vpc, subnets: [...new Set(text.match(/subnet-[0-9a-f]+/g) ?? [])] };
}

/** A moto server of this process. */
export interface Moto {
  readonly endpoint: string;
  stop(): Promise<void>;
}

/**
 * What stands in the way of moto here, in one line for people; undefined when nothing does. Installs it into the
 * cache when it is not there yet.
 */
export async function prepareMoto(): Promise<{ readonly python: string } | { readonly missing: string }> {
  const version = await pythonVersion();
  if (version === undefined) return { missing: "python3 is not installed" };
  const folder = cacheFolder(version);
  const python = join(folder, "bin", "python");
  if (existsSync(python)) return { python };
  try {
    await install(folder);
    return { python };
  } catch (error) {
    return { missing: error instanceof Error ? error.message : String(error) };
  }
}

function listening(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let said = "";
    const timer = setTimeout(() => reject(new Error(`moto did not start within 60 s:\n${said}`)), 60_000);
    child.stderr?.on("data", (chunk: Buffer) => {
      said += chunk.toString();
      const [endpoint] = /http:\/\/127\.0\.0\.1:\d+/.exec(said) ?? [];
      if (endpoint === undefined) return;
      clearTimeout(timer);
      resolve(endpoint);
    });
    child.once("exit", (code) => {
      clearTimeout(timer);
      reject(new Error(`moto ended with ${code}:\n${said}`));
    });
  });
}

/** Starts `moto_server` on a free port of the loopback interface. */
export async function startMoto(python: string): Promise<Moto> {
  const args = ["-c", "from moto.server import main; main()", "-H", "127.0.0.1", "-p", "0"];
  const child = spawn(python, args, { stdio: ["ignore", "ignore", "pipe"] });
  const ended = new Promise<void>((resolve) => {
    child.once("exit", () => resolve());
  });
  const endpoint = await listening(child);
  return {
    endpoint,
    async stop() {
      child.kill("SIGTERM");
      await ended;
    },
  };
}
