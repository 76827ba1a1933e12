import type { Clock } from "../runtime/clock.ts";
import type { Priority } from "./budget.ts";
import type { Aws } from "./clients.ts";
import { within } from "./deadline.ts";
import type { AwsCall } from "./errors.ts";
import { createIsolation, type Isolation, type ReadOutcome } from "./isolation.ts";

/** Longest time a shared read may take, its wait for the budget included. */
const sharedReadMs = 15_000;

/** How the keys of one group are read. */
export interface GroupReads<V> {
  readonly call: AwsCall;
  readonly fetch: (keys: readonly string[], signal: AbortSignal) => Promise<ReadonlyMap<string, V>>;
}

/** Makes the `fetch` of batched reads out of plain requests: budget, deadline, isolation of bad keys. */
export function guardedFetch<V>(
  aws: Aws,
  clock: Clock,
  about: (group: string) => GroupReads<V>,
): (
  keys: readonly string[],
  group: string,
  priority: Priority,
  onBegin: () => void,
) => Promise<ReadonlyMap<string, ReadOutcome<V>>> {
  const isolations = new Map<string, Isolation<V>>();
  return (keys, group, priority, onBegin) => {
    const { call, fetch } = about(group);
    const budget = aws.budget(call.service, call.region);
    const onFailure = ({ kind }: { readonly kind: string }): void => {
      if (kind === "throttled") budget.throttled();
    };
    const isolation = isolations.get(group) ?? createIsolation<V>({ clock, call, onFailure });
    isolations.set(group, isolation);
    return isolation.read(keys, (some) =>
      within(
        sharedReadMs,
        undefined,
        async (signal) => {
          await budget.take(priority, signal);
          onBegin();
          return fetch(some, signal);
        },
        clock,
      ),
    );
  };
}
