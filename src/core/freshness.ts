/**
 * A read is evidence while it is at most two polls old. One from the future (the wall clock was set back since) proves
 * nothing either: nobody can say how old it is.
 */
export function isFresh(
  at: number,
  { now, alarmPollMs }: { readonly now: number; readonly alarmPollMs: number },
): boolean {
  return at <= now && now - at <= 2 * alarmPollMs;
}
