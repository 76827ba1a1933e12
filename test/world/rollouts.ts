import { apiVersion, finalizer, plural } from "../../src/api/group.ts";
import type { Condition, ConditionType, ModelRollout, State } from "../../src/api/types.ts";
import { type ApiClient, ApiError, type KubeList, type KubeObject } from "../control-plane/api-client.ts";
import { type WatchedObjects, watchObjects } from "../target-binder/watched-objects.ts";
import { manifestOf, type RolloutSpec } from "./manifest.ts";

/** An event as people see it. */
export type EventNote = { readonly type: string; readonly reason: string; readonly message: string };

/** One rollout of the world: a user's hands, and eyes that miss nothing. */
export type Rollout = {
  readonly name: string;
  /** As last seen by the watch; undefined before it was made and after it has gone. */
  readonly latest: ModelRollout | undefined;
  /** Every version of it that the watch has shown, oldest first. */
  readonly seen: readonly ModelRollout[];
  /** Server-side apply of the whole manifest, as a GitOps tool does. Resolves when the watch has seen it. */
  apply(spec: Omit<RolloutSpec, "name" | "edge">): Promise<ModelRollout>;
  /** Merge patch, as `kubectl patch` or `kubectl annotate`. */
  patch(patch: object, subresource?: "status" | "scale"): Promise<void>;
  /** Sets an annotation of `modelrollout.dev/`. */
  annotate(name: string, value: string): Promise<void>;
  scale(replicas: number): Promise<void>;
  delete(propagationPolicy?: "Foreground" | "Background"): Promise<void>;
  /**
   * Resolves with the first version, the latest or a later one, that satisfies the condition.
   * @throws Error with what it was last like
   */
  waitFor(
    what: string,
    condition: (rollout: ModelRollout) => boolean,
    withinMs?: number,
  ): Promise<ModelRollout>;
  /** Waits for a state (of the present generation). */
  waitForState(state: State, withinMs?: number): Promise<ModelRollout>;
  /** Waits until Ready is True for the present generation, and everything is settled. */
  waitForReady(withinMs?: number): Promise<ModelRollout>;
  /** Waits until a condition has this status and reason. */
  waitForCondition(
    type: ConditionType,
    status: Condition["status"],
    reason: string,
    withinMs?: number,
  ): Promise<Condition>;
  waitGone(withinMs?: number): Promise<void>;
  /** Waits until the operator no longer holds it back. With a foreground deletion Kubernetes itself takes longer. */
  waitReleased(withinMs?: number): Promise<void>;
  events(): Promise<readonly EventNote[]>;
};

/** All rollouts of a namespace, watched by one watch. */
export type Rollouts = {
  of(edgeAndName: Pick<RolloutSpec, "name" | "edge">): Rollout;
  /** One that is applied by other means, with traffic of any kind. */
  named(name: string): Omit<Rollout, "apply">;
  /** Deletes every rollout, without waiting for its end. */
  deleteAll(): Promise<void>;
  /** Takes finalizers off whatever is left, so that the namespace can go although no operator runs any more. */
  release(): Promise<void>;
  stop(): Promise<void>;
};

type Listener = () => void;
type Watched = ModelRollout & KubeObject;
type EventObject = { type?: string; reason?: string; note?: string; regarding?: { name?: string } };

const defaultMs = 40_000;

/** The condition of that type. */
export function conditionOf(rollout: ModelRollout | undefined, type: ConditionType): Condition | undefined {
  return rollout?.status?.conditions?.find((condition) => condition.type === type);
}

/** Watches the rollouts of a namespace. */
export async function watchRollouts(client: ApiClient, namespace: string): Promise<Rollouts> {
  const path = `/apis/${apiVersion}/namespaces/${namespace}/${plural}`;
  const seen = new Map<string, ModelRollout[]>();
  const listeners = new Set<Listener>();
  let watched: WatchedObjects<Watched> | undefined;
  const note = (object: Watched): void => {
    const versions = seen.get(object.metadata.name) ?? [];
    seen.set(object.metadata.name, versions);
    if (versions.at(-1)?.metadata.resourceVersion !== object.metadata.resourceVersion) versions.push(object);
  };
  watched = await watchObjects<Watched>(client, path, (object) => {
    if (object !== undefined) note(object);
    else for (const each of watched?.byKey.values() ?? []) note(each);
    for (const listener of listeners) listener();
  });
  const all = watched;
  const scope: Scope = {
    client,
    namespace,
    path,
    latest: (name) => all.byKey.get(`${namespace}/${name}`),
    seen: (name) => seen.get(name) ?? [],
    listen: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
  return {
    of: ({ name, edge }) => {
      const rollout = rolloutOf(scope, name);
      return Object.assign(rollout, { apply: applier(scope, rollout, edge) });
    },
    named: (name) => rolloutOf(scope, name),
    deleteAll: async () => {
      await client.delete(path);
    },
    release: async () => {
      for (const each of all.byKey.values()) await takeFinalizers(client, path, each);
    },
    stop: () => all.stop(),
  };
}

type Scope = {
  readonly client: ApiClient;
  readonly namespace: string;
  readonly path: string;
  latest(name: string): ModelRollout | undefined;
  seen(name: string): readonly ModelRollout[];
  listen(listener: Listener): () => void;
};

/** Server-side apply of the manifest that tests use, by the manager `user`. */
function applier(
  { client, path }: Scope,
  { name, waitFor }: Omit<Rollout, "apply">,
  edge: RolloutSpec["edge"],
): Rollout["apply"] {
  return async (spec) => {
    const body = manifestOf({ ...spec, name, edge });
    const to = `${path}/${name}?fieldManager=user&force=true`;
    const { metadata } = await client.patch<ModelRollout>(to, "apply", body);
    return await waitFor(
      "the watch has seen what was applied",
      (seen) => seen.metadata.uid === metadata.uid && seen.metadata.generation >= metadata.generation,
    );
  };
}

function rolloutOf(scope: Scope, name: string): Omit<Rollout, "apply"> {
  const { client, namespace } = scope;
  const path = `${scope.path}/${name}`;
  const waitFor: Rollout["waitFor"] = (what, condition, withinMs = defaultMs) =>
    wait(
      scope,
      name,
      what,
      (rollout) => (rollout !== undefined && condition(rollout) ? rollout : undefined),
      withinMs,
    );
  const current = ({ metadata, status }: ModelRollout): boolean =>
    status?.observedGeneration === metadata.generation;
  return {
    name,
    get latest() {
      return scope.latest(name);
    },
    get seen() {
      return scope.seen(name);
    },
    patch: async (patch, subresource) => {
      await client.patch(subresource === undefined ? path : `${path}/${subresource}`, "merge", patch);
    },
    annotate: async (annotation, value) => {
      await client.patch(path, "merge", {
        metadata: { annotations: { [`modelrollout.dev/${annotation}`]: value } },
      });
    },
    scale: async (replicas) => {
      await client.patch(`${path}/scale`, "merge", { spec: { replicas } });
    },
    delete: async (propagationPolicy = "Background") => {
      await client.delete(`${path}?propagationPolicy=${propagationPolicy}`);
    },
    waitFor,
    waitForState: (state, withinMs) =>
      waitFor(`state ${state}`, (rollout) => current(rollout) && rollout.status?.state === state, withinMs),
    waitForReady: (withinMs) =>
      waitFor(
        "Ready is True",
        (rollout) => {
          const { status, observedGeneration } = conditionOf(rollout, "Ready") ?? {};
          return status === "True" && (observedGeneration ?? 0) === rollout.metadata.generation;
        },
        withinMs,
      ),
    waitForCondition: async (type, status, reason, withinMs) => {
      const fits = (condition: Condition | undefined): boolean =>
        condition?.status === status && condition.reason === reason;
      const found = await waitFor(
        `${type}=${status} ${reason}`,
        (rollout) => fits(conditionOf(rollout, type)),
        withinMs,
      );
      return conditionOf(found, type) as Condition;
    },
    waitGone: async (withinMs = defaultMs) => {
      await wait(scope, name, "it has gone", (rollout) => rollout === undefined || undefined, withinMs);
    },
    waitReleased: async (withinMs = defaultMs) => {
      const held = (rollout: ModelRollout | undefined): boolean =>
        rollout?.metadata.finalizers?.includes(finalizer) === true;
      await wait(scope, name, "the finalizer is gone", (rollout) => !held(rollout) || undefined, withinMs);
    },
    events: async () => {
      const list = await client.get<KubeList<EventObject>>(
        `/apis/events.k8s.io/v1/namespaces/${namespace}/events`,
      );
      return list.items
        .filter(({ regarding }) => regarding?.name === name)
        .map(({ type = "", reason = "", note = "" }) => ({ type, reason, message: note }));
    },
  };
}

/** Resolves with what `find` finds in the latest version, now or after a change. */
function wait<T>(
  scope: Scope,
  name: string,
  what: string,
  find: (rollout: ModelRollout | undefined) => T | undefined,
  withinMs: number,
): Promise<T> {
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  const origin = new Error(`${name}: not within ${withinMs} ms: ${what}`);
  const look = (): boolean => {
    const found = find(scope.latest(name));
    if (found !== undefined) resolve(found);
    return found !== undefined;
  };
  if (look()) return promise;
  const forget = scope.listen(look);
  const timer = setTimeout(() => {
    origin.message += `; it is: ${summaryOf(scope.latest(name))}`;
    reject(origin);
  }, withinMs);
  return promise.finally(() => {
    clearTimeout(timer);
    forget();
  });
}

/** One rollout in a few lines, for errors. */
export function summaryOf(rollout: ModelRollout | undefined): string {
  if (rollout === undefined) return "not there";
  const { state, stepText, weight, conditions = [] } = rollout.status ?? {};
  const lines = conditions.map(
    ({ type, status, reason, message }) => `${type}=${status} ${reason}: ${message}`,
  );
  return [`${state} ${stepText ?? ""} ${JSON.stringify(weight)}`, ...lines].join("\n  ");
}

/** Takes all finalizers off an object that may be gone already. */
export async function takeFinalizers(client: ApiClient, path: string, object: KubeObject): Promise<void> {
  if ((object.metadata.finalizers ?? []).length === 0) return;
  await client
    .patch(`${path}/${object.metadata.name}`, "merge", { metadata: { finalizers: null } })
    .catch((error: unknown) => {
      if (!(error instanceof ApiError) || error.code !== 404) throw error;
    });
}
