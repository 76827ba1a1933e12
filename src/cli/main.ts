#!/usr/bin/env node
/** Composition root of the plugin `kubectl-modelrollout`: the only reader of argv, environment, streams and signals. */
import { createReadStream } from "node:fs";
import { systemClock } from "../runtime/clock.ts";
import { version } from "../version.ts";
import { exitCodes } from "./exit-codes.ts";
import { boundedText } from "./manifest/bounded-text.ts";
import { Problem } from "./problem.ts";
import { run } from "./run.ts";
import type { Screen, Surroundings } from "./surroundings.ts";

const interrupt = new AbortController();

function screenOf(stream: NodeJS.WriteStream): Screen {
  return {
    columns: () => stream.columns || 80,
    rows: () => stream.rows || 24,
    onResize: (listener) => {
      stream.on("resize", listener);
      return () => stream.off("resize", listener);
    },
  };
}

/** `hasColors` knows NO_COLOR, FORCE_COLOR and TERM=dumb. */
const colourOf = (stream: NodeJS.WriteStream): boolean => stream.isTTY && stream.hasColors();

async function read(file: string): Promise<string> {
  if (file === "-") return await boundedText(process.stdin);
  try {
    return await boundedText(createReadStream(file));
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "unreadable";
    if (code === "ENOENT") throw new Problem("notFound", `there is no file ${file}`);
    throw new Problem("failed", `${file} cannot be read: ${code === "EISDIR" ? "it is a folder" : code}`);
  }
}

const surroundings: Surroundings = {
  version,
  clock: systemClock,
  signal: interrupt.signal,
  out: {
    write: (text) => process.stdout.write(text),
    colour: colourOf(process.stdout),
    ...(process.stdout.isTTY ? { screen: screenOf(process.stdout) } : {}),
  },
  err: { write: (text) => process.stderr.write(text), colour: colourOf(process.stderr) },
  read,
  connect: async (flags) => {
    // Half of the start-up is the Kubernetes client: `lint` and `plan` without --server do without.
    const { openCluster } = await import("./cluster/access.ts");
    return openCluster(flags, version);
  },
};

// `kubectl modelrollout … | head` closes the pipe: that is no error.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
  process.exit(0);
});
let asked = false;
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.on(signal, () => {
    if (asked) process.exit(exitCodes.interrupted.code);
    asked = true;
    interrupt.abort();
  });
}
process.exitCode = await run(process.argv.slice(2), surroundings);
// Calls that nobody waits for any more would keep the process for as long as they take.
if (interrupt.signal.aborted) process.exit();
