import { readFile } from "node:fs/promises";

/** What a process has used so far. */
export type Usage = {
  /** Resident memory now, in MiB. */
  readonly residentMiB: number;
  /** Most resident memory it ever had, in MiB. */
  readonly peakMiB: number;
  /** CPU time of all its threads since its start, user and kernel, in seconds. */
  readonly cpuSeconds: number;
};

/** Ticks per second of /proc/PID/stat: Linux tells user space 100 on every architecture that Node runs on. */
const ticksPerSecond = 100;

/** Reads the texts of /proc/PID/status and /proc/PID/stat (see proc(5)). @throws RangeError for other texts */
export function parseUsage(status: string, stat: string): Usage {
  const kibibytes = (field: string): number => {
    const found = new RegExp(`^${field}:\\s+(\\d+) kB$`, "m").exec(status)?.[1];
    if (found === undefined) throw new RangeError(`no ${field} in /proc/PID/status`);
    return Number(found);
  };
  // The name of the program stands in parentheses and may hold spaces; `state` is the first field behind it.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const [user, kernel] = [Number(fields[11]), Number(fields[12])];
  if (!Number.isFinite(user) || !Number.isFinite(kernel)) throw new RangeError("no times in /proc/PID/stat");
  return {
    residentMiB: kibibytes("VmRSS") / 1024,
    peakMiB: kibibytes("VmHWM") / 1024,
    cpuSeconds: (user + kernel) / ticksPerSecond,
  };
}

/** What a running process has used. Linux only. */
export async function usageOf(pid: number): Promise<Usage> {
  const [status, stat] = await Promise.all(
    ["status", "stat"].map((file) => readFile(`/proc/${pid}/${file}`, "utf8")),
  );
  return parseUsage(status ?? "", stat ?? "");
}
