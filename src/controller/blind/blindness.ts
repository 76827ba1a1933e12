import type { Logger } from "pino";
import type { Clock } from "../../runtime/clock.ts";

/** Whether this process lost its lease for want of an answer, and since when. */
export interface Blindness {
  /** It is certain: nobody answers, so nobody can tell who leads. */
  begin(): void;
  /** Somebody answered, whatever it was. */
  end(): void;
  /** For how long it has been certain, in milliseconds by the monotonic clock; undefined: this process is not blind. */
  readonly forMs: () => number | undefined;
}

/** Says it loudly when it begins and when it ends. */
export function createBlindness(
  clock: Pick<Clock, "monotonic">,
  log: Pick<Logger, "error" | "warn">,
  metrics: { readonly silent: (is: boolean) => void },
): Blindness {
  let since: number | undefined;
  return {
    begin: () => {
      since = clock.monotonic();
      metrics.silent(true);
      log.error(
        "API SERVER AWAY: the lease could not be renewed, and nobody answers. This replica moves no release and writes " +
          "nothing to the cluster; it goes on reading alarms, and returns traffic to stable where nobody has touched it",
      );
    },
    end: () => {
      if (since === undefined) return;
      const seconds = Math.round((clock.monotonic() - since) / 1_000);
      since = undefined;
      metrics.silent(false);
      log.warn({ seconds }, "API SERVER BACK");
    },
    forMs: () => (since === undefined ? undefined : clock.monotonic() - since),
  };
}
