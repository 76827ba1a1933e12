import { mkdir, open, readFile, rename, rm, stat, utimes } from "node:fs/promises";
import { hostname } from "node:os";
import { dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

/** The holder refreshes its lock this often; a lock three times as old belongs to nobody any more. */
const refreshMs = 5_000;
const staleMs = 3 * refreshMs;

/**
 * Runs `work` while holding the lock file, so that of several runs at once only one builds.
 * A lock whose holder died is taken over: at once when its process is gone, else when it was not refreshed.
 * @param waiting called once, when another process holds the lock
 */
export async function withLock<T>(file: string, waiting: () => void, work: () => Promise<T>): Promise<T> {
  await mkdir(dirname(file), { recursive: true });
  let told = false;
  while (!(await tryLock(file))) {
    if (!told) waiting();
    told = true;
    if (await isStale(file)) await rename(file, `${file}.stale-${process.pid}`).catch(() => undefined);
    else await sleep(500);
  }
  const refresh = setInterval(() => {
    void utimes(file, new Date(), new Date()).catch(() => undefined);
  }, refreshMs);
  try {
    return await work();
  } finally {
    clearInterval(refresh);
    await rm(file, { force: true });
    await rm(`${file}.stale-${process.pid}`, { force: true });
  }
}

async function tryLock(file: string): Promise<boolean> {
  try {
    const handle = await open(file, "wx");
    await handle.writeFile(`${process.pid} ${hostname()}\n`);
    await handle.close();
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}

async function isStale(file: string): Promise<boolean> {
  try {
    const [{ mtimeMs }, content] = await Promise.all([stat(file), readFile(file, "utf8")]);
    if (Date.now() - mtimeMs > staleMs) return true;
    const [pid, host] = content.trim().split(" ");
    return host === hostname() && pid !== undefined && !isAlive(Number(pid));
  } catch {
    return false; // gone meanwhile: try again
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
