import type { RouteState } from "./route-reads.ts";

/** What this process knows of a route's `metadata.version` from its own writes. */
export class Versions {
  /** What our last answered write made; undefined once a write of ours went out and was not answered. */
  #ours: number | undefined;
  /** A write of ours may have arrived, or may still: whoever counted the version up, it may have been us. */
  #unsure = false;
  #overwrote: string | undefined;

  /** A write made from `from` goes out; call the result with what was answered. */
  begin(from: RouteState): (answered: RouteState) => void {
    const unsure = this.#unsure;
    this.#ours = undefined;
    this.#overwrote = undefined;
    this.#unsure = true;
    return ({ version }) => {
      this.#unsure = false;
      this.#ours = version;
      if (unsure || version <= from.version + 1) return;
      this.#overwrote =
        `another write came between our read (version ${from.version}) and our write (version ${version}) and was ` +
        "overwritten: compare the route's match, retries and timeouts";
    };
  }

  /** What people should know of a route at this version; undefined when nobody else has written it. */
  noteOn({ version }: RouteState): string | undefined {
    if (this.#ours !== undefined && version > this.#ours) {
      return `somebody else has written the route since our last write: version ${version}, ours was ${this.#ours}`;
    }
    return this.#overwrote;
  }
}
