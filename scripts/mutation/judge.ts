import { type ChildProcess, fork } from "node:child_process";
import { readFileSync } from "node:fs";
import { setPriority } from "node:os";
import { Inbox } from "./inbox.ts";
import type { Order, Report } from "./messages.ts";

/** How a run of tests with one mutant ended. */
export type Ending =
  | { readonly how: "green"; readonly reached: readonly number[]; readonly differing: readonly number[] }
  | { readonly how: "red"; readonly place: number; readonly message: string }
  /** A test took far longer than without the mutant, or the process died in it. */
  | { readonly how: "timeout" | "crash"; readonly place: number };

type Loaded = Report & { readonly kind: "loaded" };

const LOAD_LIMIT_MS = 120_000;
const NICENESS = 15;

/**
 * On a busy machine a test may take long and do little: silence counts only once the process has itself computed for
 * as long as the limit says, or ten times that has passed.
 */
async function patiently({ pid }: ChildProcess, inbox: Inbox, limitMs: number) {
  const before = computedMs(pid);
  for (let round = 1; ; round += 1) {
    const report = await inbox.next(limitMs);
    const computed = computedMs(pid) - before;
    if (report.kind !== "silent" || computed >= limitMs || round === 10) return report;
  }
}

/** What a process has computed so far; where the system does not tell, as much as could be. */
function computedMs(pid: number | undefined): number {
  try {
    const [, rest = ""] = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ");
    const [user, system] = rest.split(" ").slice(11, 13).map(Number);
    return ((user ?? 0) + (system ?? 0)) * 10;
  } catch {
    return performance.now();
  }
}

/** One process with the modules loaded; a new one takes its place when a mutant has hung or killed it. */
export class Judge {
  readonly #material: Omit<Order & { kind: "load" }, "kind" | "mutant">;
  #process: { readonly child: ChildProcess; readonly inbox: Inbox } | undefined;
  #mutantAtLoad = -1;

  constructor(material: Omit<Order & { kind: "load" }, "kind" | "mutant">) {
    this.#material = material;
  }

  /** Loads everything in a fresh process, with one mutant on or none. @throws Error when it cannot be loaded */
  async load(mutant = -1): Promise<Loaded> {
    this.stop();
    const child = fork(new URL("./worker.ts", import.meta.url), {
      execArgv: ["--max-old-space-size=1500", "--disable-warning=ExperimentalWarning"],
      stdio: ["ignore", "ignore", "ignore", "ipc"],
    });
    const inbox = new Inbox(child);
    this.#process = { child, inbox };
    if (child.pid !== undefined) setPriority(child.pid, NICENESS);
    child.send({ ...this.#material, kind: "load", mutant } satisfies Order);
    const report = await inbox.next(LOAD_LIMIT_MS);
    if (report.kind !== "loaded") {
      this.stop();
      throw new Error(
        report.kind === "broken" ? report.message : `the judge's process ended: ${report.kind}`,
      );
    }
    this.#mutantAtLoad = mutant;
    return report;
  }

  /**
   * Runs tests until one fails.
   * @param limitMs for each test, by its place
   */
  async run(mutant: number, cases: readonly number[], limitMs: (place: number) => number): Promise<Ending> {
    if (!this.#process || (this.#mutantAtLoad !== -1 && this.#mutantAtLoad !== mutant)) await this.load();
    const { child, inbox } = this.#process!;
    child.send({ kind: "run", cases, mutant } satisfies Order);
    let place = cases[0] ?? 0;
    for (;;) {
      const report = await patiently(child, inbox, limitMs(place));
      if (report.kind === "began") place = report.place;
      else if (report.kind === "ran") {
        const { red, reached, differing } = report;
        return red ? { how: "red", ...red } : { how: "green", reached, differing };
      } else {
        this.stop();
        return { how: report.kind === "silent" ? "timeout" : "crash", place };
      }
    }
  }

  stop(): void {
    this.#process?.child.kill("SIGKILL");
    this.#process = undefined;
    this.#mutantAtLoad = -1;
  }
}
