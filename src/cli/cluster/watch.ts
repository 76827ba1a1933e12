import type { Clock, Random } from "../../runtime/clock.ts";
import type { KubeApi } from "../../runtime/kube-api.ts";
import type { KubeError } from "../../runtime/kube-error.ts";
import { Reflector } from "../../runtime/reflector.ts";
import type { RolloutObject, RolloutWatcher } from "./cluster.ts";
import { sentence } from "./kube-problem.ts";

export interface WatchedOne {
  readonly api: KubeApi;
  /** The collection. */
  readonly path: string;
  readonly namespace: string;
  readonly name: string;
  readonly clock: Clock;
  readonly random: Random;
}

/**
 * Tells of one object until the signal aborts. What fails before it was seen for the first time is thrown
 * (KubeError); later the connection is made again, for ever.
 */
export async function watchOne(
  { api, path, namespace, name, clock, random }: WatchedOne,
  watcher: RolloutWatcher,
  signal: AbortSignal,
): Promise<void> {
  const failed = Promise.withResolvers<never>();
  failed.promise.catch(() => {});
  const select = { fieldSelector: `metadata.name=${name}` };
  const reflector: Reflector<RolloutObject> = new Reflector<RolloutObject>({
    api,
    path,
    clock,
    random,
    select,
    listener: {
      failed: (_, error: KubeError) => {
        if (reflector.hasSynced) watcher.trouble(sentence(error));
        else failed.reject(error);
      },
    },
  });
  const tell = (): void => watcher.changed(reflector.store.get(`${namespace}/${name}`));
  const ended = Promise.withResolvers<void>();
  signal.addEventListener("abort", () => ended.resolve(), { once: true });
  if (signal.aborted) return;
  reflector.start();
  try {
    await Promise.race([reflector.synced(), failed.promise, ended.promise]);
    if (signal.aborted) return;
    reflector.addHandlers({ onAdd: tell, onUpdate: tell, onDelete: tell });
    if (reflector.store.size === 0) tell();
    await ended.promise;
  } finally {
    await reflector.stop();
  }
}
