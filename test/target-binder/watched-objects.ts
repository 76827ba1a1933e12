import { setTimeout as sleep } from "node:timers/promises";
import type { ApiClient, KubeList, KubeObject } from "../control-plane/api-client.ts";

const firstRetryMs = 100;
const lastRetryMs = 2_000;

/** A live copy of all objects of a path. */
export type WatchedObjects<T extends KubeObject> = {
  /** By `namespace/name`. */
  readonly byKey: ReadonlyMap<string, T>;
  /** Ends the watch. */
  stop(): Promise<void>;
};

/** The key of an object in {@link WatchedObjects}. */
export function keyOf({ metadata }: KubeObject): string {
  return `${metadata.namespace ?? ""}/${metadata.name}`;
}

/**
 * Lists and then watches a path, for ever: whatever goes wrong, it lists again after a pause that grows to 2 s.
 * Resolves after the first list.
 * @param changed called after each change of the copy with the object, or without one after a list
 */
export async function watchObjects<T extends KubeObject>(
  client: ApiClient,
  path: string,
  changed: (object?: T) => void,
): Promise<WatchedObjects<T>> {
  const byKey = new Map<string, T>();
  const abort = new AbortController();
  const listed = Promise.withResolvers<void>();

  const follow = async (): Promise<void> => {
    const list = await client.get<KubeList<T>>(path);
    byKey.clear();
    for (const object of list.items) byKey.set(keyOf(object), object);
    changed();
    listed.resolve();
    for await (const event of client.watch<T>(path, list.metadata.resourceVersion, abort.signal)) {
      if (event.type === "BOOKMARK") continue;
      if (event.type === "DELETED") byKey.delete(keyOf(event.object));
      else byKey.set(keyOf(event.object), event.object);
      changed(event.object);
    }
  };

  const run = async (): Promise<void> => {
    let pauseMs = firstRetryMs;
    while (!abort.signal.aborted) {
      const start = performance.now();
      await follow().catch(() => undefined); // the API server is away: that is for whoever looks at it to say
      pauseMs = performance.now() - start > 10_000 ? firstRetryMs : Math.min(pauseMs * 2, lastRetryMs);
      await sleep(pauseMs, undefined, { signal: abort.signal }).catch(() => undefined);
    }
  };

  const running = run();
  await listed.promise;
  return {
    byKey,
    async stop() {
      abort.abort();
      await running;
    },
  };
}
