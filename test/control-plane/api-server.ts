import { readFile } from "node:fs/promises";
import { request } from "node:https";
import { setTimeout as sleep } from "node:timers/promises";
import type { GroupProcess } from "./process-group.ts";

/** The API server did not become ready; the message carries the end of its log. */
export class NotReadyError extends Error {
  override readonly name = "NotReadyError";
}

/**
 * Waits until `/readyz` of the API server says ok.
 * @param programs what must run meanwhile; one that ends is the reason of the failure
 * @throws NotReadyError
 */
export async function apiServerReady(
  url: string,
  caFile: string,
  programs: readonly GroupProcess[],
  withinMs = 60_000,
): Promise<void> {
  const deadline = performance.now() + withinMs;
  while (performance.now() < deadline) {
    const dead = programs.find((program) => program.hasEnded());
    if (dead !== undefined)
      throw new NotReadyError(`${dead.name} ended (${await dead.ended}):\n${dead.logTail()}`);
    if (await isReady(url, caFile)) return;
    await sleep(25);
  }
  const logs = programs.map((program) => `--- ${program.name}\n${program.logTail()}`).join("\n");
  throw new NotReadyError(`the API server was not ready within ${withinMs} ms\n${logs}`);
}

async function isReady(url: string, caFile: string): Promise<boolean> {
  const ca = await readFile(caFile, "utf8").catch(() => ""); // it writes the certificate itself when it starts
  if (ca === "") return false;
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const probe = request(`${url}/readyz`, { ca, agent: false, timeout: 2_000 }, (response) => {
    response.resume().once("end", () => resolve(response.statusCode === 200));
    response.once("error", () => resolve(false));
  });
  probe.once("timeout", () => probe.destroy(new Error("no answer")));
  probe.once("error", () => resolve(false));
  probe.end();
  return promise;
}
