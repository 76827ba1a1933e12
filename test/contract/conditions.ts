/** Waits until `probe` holds, looking every 20 ms; fails after `deadlineMs` with the last value seen. */
export async function eventually<T>(
  probe: () => Promise<T> | T,
  holds: (value: T) => boolean,
  deadlineMs = 5_000,
): Promise<T> {
  const end = performance.now() + deadlineMs;
  for (;;) {
    const value = await probe();
    if (holds(value)) return value;
    if (performance.now() > end)
      throw new Error(`not within ${deadlineMs} ms; last: ${JSON.stringify(value)}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** The result of `work` and how long it took, in milliseconds. */
export async function timed<T>(work: () => Promise<T>): Promise<{ readonly value: T; readonly ms: number }> {
  const since = performance.now();
  const value = await work();
  return { value, ms: performance.now() - since };
}
