/**
 * Resolves at the first SIGINT, SIGTERM or SIGHUP, from then on catching them. A Ctrl-C can arrive twice, from the
 * terminal and from npm; one more than a second later, from somebody who will not wait, ends the process at once
 * (its control plane goes with it).
 */
export function interruption(): Promise<NodeJS.Signals> {
  const { promise, resolve } = Promise.withResolvers<NodeJS.Signals>();
  let first: number | undefined;
  const onSignal = (signal: NodeJS.Signals): void => {
    first ??= performance.now();
    resolve(signal);
    if (performance.now() - first > 1_000) process.exit(130);
  };
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, onSignal);
  // A signal listener alone does not keep the process alive.
  const alive = setInterval(() => undefined, 60_000);
  return promise.finally(() => clearInterval(alive));
}
