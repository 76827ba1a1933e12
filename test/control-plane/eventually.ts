import { setTimeout as sleep } from "node:timers/promises";

/**
 * Waits until `condition` holds, asking again every `everyMs`. An error that it throws counts as "not yet" and is
 * the cause of the final one.
 * @param what a sentence for the error: "3 nodes are Ready"
 * @throws Error when it does not hold within `withinMs`
 */
export async function eventually(
  what: string,
  condition: () => Promise<boolean> | boolean,
  { withinMs = 60_000, everyMs = 50 }: { withinMs?: number; everyMs?: number } = {},
): Promise<void> {
  const deadline = performance.now() + withinMs;
  let cause: unknown;
  while (performance.now() < deadline) {
    try {
      if (await condition()) return;
      cause = undefined;
    } catch (error) {
      cause = error;
    }
    await sleep(everyMs);
  }
  throw new Error(`not within ${withinMs} ms: ${what}`, { cause });
}
