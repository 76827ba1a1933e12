import { readdir, readFile, readlink } from "node:fs/promises";
import type { OperatorProcess } from "../world/operator-process.ts";

/** One look at the operator's process. */
export type Sample = {
  readonly rssMiB: number;
  /** Used, as V8 counts it. */
  readonly heapMiB: number;
  /** Open files of any kind, and of these the sockets. */
  readonly files: number;
  readonly sockets: number;
  /** Timers, and all handles (sockets and watches of files among them), as Node counts them. */
  readonly timers: number;
  readonly handles: number;
};

const mebi = 2 ** 20;

/** Reads /proc and /metrics. */
export async function sampleOf({ pid, metricsUrl }: OperatorProcess): Promise<Sample> {
  const [status, links, text] = await Promise.all([
    readFile(`/proc/${pid}/status`, "utf8"),
    openFiles(pid),
    fetch(`${metricsUrl}/metrics`).then((answer) => answer.text()),
  ]);
  const value = (pattern: RegExp): number => Number(pattern.exec(text)?.[1] ?? "0");
  return {
    rssMiB: Math.round(Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1] ?? "0") / 1024),
    heapMiB: Math.round(value(/^nodejs_heap_size_used_bytes (\S+)/m) / mebi),
    files: links.length,
    sockets: links.filter((link) => link.startsWith("socket:")).length,
    timers: value(/^nodejs_active_resources\{type="Timeout"\} (\S+)/m),
    handles: value(/^nodejs_active_handles_total (\S+)/m),
  };
}

async function openFiles(pid: number): Promise<readonly string[]> {
  const folder = `/proc/${pid}/fd`;
  const links = await Promise.all(
    (await readdir(folder)).map((name) => readlink(`${folder}/${name}`).catch(() => "")),
  );
  return links.filter((link) => link !== "");
}

/** Medians, so that a fault that happens to be on decides nothing; of the heap the least, which is what is kept. */
export function spanOf(samples: readonly Sample[]): Sample {
  const sorted = (name: keyof Sample): readonly number[] =>
    samples.map((sample) => sample[name]).toSorted((one, two) => one - two);
  const median = (name: keyof Sample): number => sorted(name)[Math.floor(samples.length / 2)] ?? 0;
  return {
    rssMiB: median("rssMiB"),
    heapMiB: sorted("heapMiB")[0] ?? 0,
    files: median("files"),
    sockets: median("sockets"),
    timers: median("timers"),
    handles: median("handles"),
  };
}

/** A line for each. */
export function table(samples: readonly Sample[]): string {
  return samples
    .map(
      ({ rssMiB, heapMiB, files, sockets, timers, handles }) =>
        `${rssMiB} MiB resident, heap ${heapMiB} MiB, ${files} files, ${sockets} sockets, ${timers} timers, ${handles} handles`,
    )
    .join("\n");
}
