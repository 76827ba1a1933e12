import type { KubeError } from "./kube-error.ts";

/** Nobody answered: no connection, no answer in time, 5xx. */
function isNoAnswer({ code, reason }: KubeError): boolean {
  return code === undefined ? reason === "Unreachable" || reason === "Timeout" : code >= 500;
}

/**
 * Why a lease is not renewed: nobody answers, or something else. Pure bookkeeping for the elector, which tells of each
 * try.
 *
 * A term that ended while nobody answered is `doubted` first: a process that was frozen finds its last try timed out as
 * well. Only a try begun after the end that gets no answer either makes it `silent`.
 */
export class Silence {
  #unanswered = false;
  #refused = false;
  #state: "none" | "doubted" | "silent" = "none";

  /** The term has ended, and nobody has said since whose the lease is. */
  get lasts(): boolean {
    return this.#state !== "none";
  }

  /** A renewal succeeded. */
  renewed(): void {
    this.#unanswered = false;
    this.#refused = false;
    this.#state = "none";
  }

  /** The term is too old: whether that was only for want of an answer. Then the silence begins. */
  begins(): boolean {
    if (!this.#unanswered || this.#refused) return false;
    this.#state = "doubted";
    return true;
  }

  /** The record was read, and another holds the lease, or nobody. */
  over(): void {
    this.#state = "none";
  }

  /**
   * A try failed; true when that makes it certain that nobody answers. While the silence lasts a refusal changes nothing: an
   * API server that starts refuses everybody for a moment, and only the record tells whose the lease is.
   */
  failed(error: KubeError): boolean {
    if (isNoAnswer(error)) this.#unanswered = true;
    else if (error.reason !== "Conflict" && error.code !== 429) this.#refused = true;
    if (this.#state !== "doubted" || !isNoAnswer(error)) return false;
    this.#state = "silent";
    return true;
  }
}
