import { readFile } from "node:fs/promises";
import { cpus, loadavg, release, totalmem } from "node:os";
import type { Machine } from "./figure.ts";

/** This machine, now. */
export async function describeMachine(): Promise<Machine> {
  const [first] = cpus();
  return {
    cpu: first?.model.trim() ?? "unknown",
    cores: cpus().length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    kernel: await readFile("/proc/version", "utf8").then(
      (text) => `Linux ${text.split(" ")[2] ?? release()}`,
      () => release(),
    ),
    node: process.version,
    load: Math.round((loadavg()[0] ?? 0) * 10) / 10,
  };
}
