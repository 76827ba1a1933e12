import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { startControlPlane } from "./control-plane.ts";
import { eventually } from "./eventually.ts";

const run = promisify(execFile);

/** Command lines of the running processes that work in a folder; all of a control plane's have it among theirs. */
async function processesIn(folder: string): Promise<readonly string[]> {
  const { stdout } = await run("ps", ["-eo", "args"], { maxBuffer: 16 << 20 });
  return stdout.split("\n").filter((line) => line.includes(folder) && !line.startsWith("ps "));
}

/** `npm run cluster`'s program, as soon as it has said where its kubeconfig is. */
async function cluster(): Promise<{ child: ChildProcess; folder: string }> {
  const main = fileURLToPath(new URL("main.ts", import.meta.url));
  const child = spawn(process.execPath, [main], { stdio: ["ignore", "pipe", "ignore"] });
  let said = "";
  for await (const text of child.stdout.setEncoding("utf8")) {
    said += String(text);
    const kubeconfig = /export KUBECONFIG=(\S+)/.exec(said)?.[1];
    if (kubeconfig !== undefined) return { child, folder: dirname(kubeconfig) };
  }
  throw new Error(`it ended without a kubeconfig: ${said}`);
}

test("stop() leaves no process and no file", async () => {
  const plane = await startControlPlane({ nodes: 1 });
  const folder = dirname(plane.kubeconfigPath);
  expect((await processesIn(folder)).length).toBe(6); // five programs and the watchdog
  await plane.stop();
  expect(await processesIn(folder)).toEqual([]);
  expect(existsSync(folder)).toBe(false);
  await plane.stop();
});

test.each(["SIGINT", "SIGTERM"] as const)(
  "%s ends `npm run cluster` in order, with nothing left",
  async (signal) => {
    const { child, folder } = await cluster();
    expect((await processesIn(folder)).length).toBe(6);
    child.kill(signal);
    await once(child, "exit");
    expect(child.exitCode).toBe(0);
    expect(await processesIn(folder)).toEqual([]);
    expect(existsSync(folder)).toBe(false);
  },
);

test("kill -9 of the parent leaves no process and no file either", async () => {
  const { child, folder } = await cluster();
  expect((await processesIn(folder)).length).toBe(6);
  child.kill("SIGKILL");
  await once(child, "exit");
  await eventually("every process is gone", async () => (await processesIn(folder)).length === 0, {
    withinMs: 10_000,
  });
  expect(existsSync(folder)).toBe(false);
});
