import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterEach, beforeEach, expect, test } from "vitest";

const run = promisify(execFile);
const lock = {
  packages: { "": {}, "node_modules/a": { version: "1.0.0", optionalDependencies: { other: "1" } } },
};

/** A clone with nothing but the set-up, and an `npm` of our own in PATH. */
let clone = "";
let env: NodeJS.ProcessEnv = {};

beforeEach(async () => {
  clone = await mkdtemp(join(tmpdir(), "modelrollout-setup-"));
  await mkdir(join(clone, "scripts"));
  await mkdir(join(clone, "bin"));
  const setup = fileURLToPath(new URL("setup.mjs", import.meta.url));
  await copyFile(setup, join(clone, "scripts", "setup.mjs"));
  await writeFile(join(clone, "package-lock.json"), JSON.stringify(lock));
  env = { PATH: `${join(clone, "bin")}:${process.env["PATH"]}`, CI: "1" };
});
afterEach(() => rm(clone, { recursive: true }));

/** Puts a script in the place of npm; each call of it is noted. */
async function npm(script: string): Promise<void> {
  const lines = ["#!/bin/sh", `echo "$1" >> ${clone}/npm-calls`, script];
  await writeFile(join(clone, "bin", "npm"), lines.join("\n"), { mode: 0o755 });
}
const installs = "mkdir -p node_modules && cp package-lock.json node_modules/.package-lock.json";
const npmCalls = async (): Promise<string[]> =>
  (await readFile(join(clone, "npm-calls"), "utf8")).trim().split("\n");
const setup = (...args: string[]): ReturnType<typeof run> =>
  run(process.execPath, [join(clone, "scripts", "setup.mjs"), "--no-cluster", ...args], { env });
const script = (text: string): Promise<void> => writeFile(join(clone, "scripts", "then.ts"), text);

test("packages are installed when they are missing or not the locked ones, and only then", async () => {
  await npm(installs);
  await setup();
  await setup();
  expect(await npmCalls()).toEqual(["ci"]);
  const newer = { packages: { ...lock.packages, "node_modules/a": { version: "1.0.1" } } };
  await writeFile(join(clone, "package-lock.json"), JSON.stringify(newer));
  await setup();
  expect(await npmCalls()).toEqual(["ci", "ci"]);
});

test("a lockfile without other platforms' optional packages is installed all the same", async () => {
  await npm(
    `if [ "$1" = ci ]; then echo "npm error Missing: other@1 from lock file" >&2; exit 1; fi; ${installs}`,
  );
  await setup();
  expect(await npmCalls()).toEqual(["ci", "install"]);
});

test.each([
  ["npm error Missing: needed@1 from lock file, not in sync", /do not agree: run `npm install`/],
  ["npm error code ENOTFOUND", /check the network/],
  ["npm error code EACCES", /may not write here/],
])("“%s” is explained", async (said, explained) => {
  await npm(`echo "${said}" >&2; exit 1`);
  await expect(setup()).rejects.toThrow(explained);
  expect(await npmCalls()).toEqual(["ci"]);
});

test("the script gets its arguments, and its exit code is ours", async () => {
  await npm(installs);
  await script("const code: number = Number(process.argv[2]); process.exit(code);");
  await expect(setup("--then", "scripts/then.ts", "7")).rejects.toMatchObject({ code: 7 });
  await expect(setup("--then", "scripts/none.ts")).rejects.toThrow(/there is no scripts\/none\.ts/);
});

test.each(["SIGINT", "SIGTERM"] as const)("%s reaches the script, which may clean up", async (signal) => {
  await npm(installs);
  await script(`
    process.on("${signal}", () => setTimeout(() => process.exit(9), 50));
    setInterval(() => undefined, 1000);
    console.log("runs");
  `);
  const args = [join(clone, "scripts", "setup.mjs"), "--no-cluster", "--then", "scripts/then.ts"];
  const child = spawn(process.execPath, args, { env, stdio: ["ignore", "pipe", "ignore"] });
  await once(child.stdout, "data");
  child.kill(signal);
  const [code] = (await once(child, "exit")) as [number];
  expect(code).toBe(9);
});
