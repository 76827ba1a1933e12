import { ApiClient } from "../control-plane/api-client.ts";
import { isServing, type Pod } from "./objects.ts";
import { keyOf, watchObjects } from "./watched-objects.ts";

/** What runs at an address. */
export type PodEntry = {
  readonly namespace: string;
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  /** Of the first container. */
  readonly image: string;
  /** The plain values (not those from elsewhere) of the first container. */
  readonly env: Readonly<Record<string, string>>;
  /** Ready and not being deleted. */
  readonly ready: boolean;
  /** RFC 3339; absent unless it is being deleted. */
  readonly deletionTimestamp?: string;
};

/** A live directory of the pods of a cluster. */
export type PodDirectory = {
  /** The pod that has this address now; undefined when none has. */
  lookup(ip: string): PodEntry | undefined;
  stop(): Promise<void>;
};

/** Starts a directory of all pods with an address. Resolves when it is filled. */
export async function startPodDirectory(options: { readonly kubeconfigPath: string }): Promise<PodDirectory> {
  const client = new ApiClient(options.kubeconfigPath, "pod-directory");
  const byAddress = new Map<string, Pod>();
  let addressOf = new Map<string, string>();
  let known: ReadonlyMap<string, Pod> | undefined;

  const forget = (key: string): void => {
    const ip = addressOf.get(key);
    const pod = ip === undefined ? undefined : byAddress.get(ip);
    if (ip !== undefined && pod !== undefined && keyOf(pod) === key) byAddress.delete(ip);
    addressOf.delete(key);
  };
  const remember = (pod: Pod): void => {
    const ip = pod.status?.podIP;
    const ended = pod.status?.phase === "Succeeded" || pod.status?.phase === "Failed";
    if (ip === undefined || ended) return forget(keyOf(pod));
    byAddress.set(ip, pod);
    addressOf.set(keyOf(pod), ip);
  };
  const refill = (): void => {
    byAddress.clear();
    addressOf = new Map();
    for (const pod of known?.values() ?? []) remember(pod);
  };

  const watched = await watchObjects<Pod>(client, "/api/v1/pods", (pod) => {
    if (pod === undefined) refill();
    else if (known?.has(keyOf(pod)) === false) forget(keyOf(pod));
    else remember(pod);
  });
  known = watched.byKey;
  refill();
  return {
    lookup(ip) {
      const pod = byAddress.get(ip);
      return pod === undefined ? undefined : entry(pod);
    },
    async stop() {
      await watched.stop();
      await client.close();
    },
  };
}

function entry(pod: Pod): PodEntry {
  const { namespace = "", name, labels = {}, annotations = {}, deletionTimestamp } = pod.metadata;
  const [container] = pod.spec.containers;
  const env = (container?.env ?? []).flatMap(({ name, value }) =>
    value === undefined ? [] : [[name, value]],
  );
  return {
    namespace,
    name,
    labels,
    annotations,
    image: container?.image ?? "",
    env: Object.fromEntries(env) as Record<string, string>,
    ready: isServing(pod),
    ...(deletionTimestamp === undefined ? {} : { deletionTimestamp }),
  };
}
