import type { Clock } from "../runtime/clock.ts";
import type { BatchedReadsOptions } from "./batched-reads.ts";
import { type RequestBudget, ranks } from "./budget.ts";
import type { Aws } from "./clients.ts";
import { within } from "./deadline.ts";
import type { AwsCall } from "./errors.ts";
import { createIsolation, type FetchTogether, type Isolation } from "./isolation.ts";

/** Longest time one request of a shared read may take, the SDK's second attempt included; its wait in line is not. */
const requestMs = 12_000;

/** How the keys of one group are read. */
export interface GroupReads<V> {
  readonly call: AwsCall;
  readonly fetch: (keys: readonly string[], signal: AbortSignal) => Promise<ReadonlyMap<string, V>>;
}

/** What batched reads need to know of a service. */
export type GuardedReads<V> = Required<Pick<BatchedReadsOptions<V>, "turn" | "crowded" | "fetch">>;

/**
 * Makes batched reads out of plain requests: budget, deadline, isolation of bad keys. The deadline begins when the
 * request goes out: what waits in line is never thrown away.
 */
export function guardedReads<V>(
  aws: Aws,
  clock: Clock,
  about: (group: string) => GroupReads<V>,
): GuardedReads<V> {
  const isolations = new Map<string, Isolation<V>>();
  const budgetOf = (group: string): RequestBudget => {
    const { call } = about(group);
    return aws.budget(call.service, call.region);
  };
  return {
    turn: (group, priority, signal) => budgetOf(group).take(priority, signal),
    crowded: (group) => budgetOf(group).waiting > 0,
    fetch: (keys, group, priority, fetching) => {
      const { call, fetch } = about(group);
      const budget = budgetOf(group);
      const onFailure = ({ kind }: { readonly kind: string }): void => {
        if (kind === "throttled") budget.throttled();
      };
      const isolation = isolations.get(group) ?? createIsolation<V>({ clock, call, onFailure });
      isolations.set(group, isolation);
      // Its turn is for one request; further ones each wait for theirs, and those that look for a bad key let others go first.
      let turns = 1;
      const request: FetchTogether<V> = async (some, search) => {
        if (turns > 0 && !search) turns -= 1;
        else await budget.take(search && ranks[priority] > ranks.begun ? "search" : priority);
        return await within(requestMs, undefined, (signal) => fetch(some, signal), clock);
      };
      return isolation.read(keys, request, fetching);
    },
  };
}
