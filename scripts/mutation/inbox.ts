import type { ChildProcess } from "node:child_process";
import type { Report } from "./messages.ts";

type Received = Report | { readonly kind: "silent" | "ended" };

/** What a process reports, in order, with a limit to how long one waits for it. */
export class Inbox {
  readonly #received: Received[] = [];
  #wake: (() => void) | undefined;

  constructor(child: ChildProcess) {
    child.on("message", (report) => this.#put(report as Report));
    child.on("exit", () => this.#put({ kind: "ended" }));
  }

  /** The next report; `silent` when none came in time. */
  async next(limitMs: number): Promise<Received> {
    const there = this.#received.shift();
    if (there) return there;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#wake = resolve;
    const timer = setTimeout(resolve, limitMs);
    await promise;
    clearTimeout(timer);
    return this.#received.shift() ?? { kind: "silent" };
  }

  #put(report: Received): void {
    this.#received.push(report);
    this.#wake?.();
  }
}
