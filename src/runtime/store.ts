import { deepFreeze } from "./frozen.ts";
import { type KubeObject, keyOf } from "./kube-object.ts";
import { compareResourceVersions } from "./resource-version.ts";
import { StoreIndexes } from "./store-index.ts";

/**
 * What a reflector knows: the objects of one type, by `namespace/name`.
 *
 * Two writers feed it. The reflector (lists and watch events, always in the server's order), and this process
 * itself: `noteWrite` takes the object that an own create, apply, patch or replace was answered with. That closes
 * the gap between a write and its echo in the watch, in which a plan would otherwise run on the past: a cached
 * object is never older than this process's own last write.
 *
 * How: the store knows `seen`, the resourceVersion up to which the watch has delivered everything.
 * - An own write not newer than `seen` adds nothing: the watch has already brought it, or something later, or
 *   the object's deletion. (So a late answer never brings a deleted object back.)
 * - A newer one is stored at once and remembered as ahead; events and lists older than it are ignored for that
 *   object until the watch has caught up.
 * - `noteDelete` is the same for an own delete that was answered with a `Status`: the object is really gone.
 *
 * This needs resourceVersions to be comparable (resource-version.ts). Where they are not, an own write is stored
 * and the next event, whatever it is, replaces it: a read may then be older for a moment, as with any informer.
 *
 * Objects are frozen all the way down: whoever wants another value makes a copy. A changed `metadata.uid` under
 * the same name is another object: handlers hear a deletion and an addition, never an update.
 */
export type StoreChange<T extends KubeObject> =
  | { readonly type: "add"; readonly object: T }
  | { readonly type: "update"; readonly object: T; readonly previous: T }
  | { readonly type: "delete"; readonly object: T };

/** Values under which an object is found; none leaves it out of the index. */
export type IndexFunction<T extends KubeObject> = (object: T) => readonly string[];

/** The reading half: what reconcilers get. */
export interface StoreReader<T extends KubeObject> {
  /** By `namespace/name`, or `name` for cluster-scoped objects. Frozen. */
  get(key: string): T | undefined;
  list(): T[];
  /** Throws for an index that was not declared. */
  byIndex(index: string, value: string): T[];
  readonly size: number;
}

export interface StoreOptions<T extends KubeObject> {
  readonly indexes?: Readonly<Record<string, IndexFunction<T>>>;
  /** Applied to every object before it is kept, e.g. `dropManagedFields`. Must not change name, uid or version. */
  readonly transform?: (object: T) => T;
  readonly onChange?: (change: StoreChange<T>) => void;
}

export class Store<T extends KubeObject> implements StoreReader<T> {
  readonly #objects = new Map<string, T>();
  /** Own writes that the watch has not brought yet, by key: their resourceVersion. */
  readonly #ahead = new Map<string, string>();
  /** Objects this process deleted whose DELETED event has not come yet, by uid. */
  readonly #deleted = new Set<string>();
  readonly #indexes: StoreIndexes<T>;
  readonly #options: StoreOptions<T>;
  #seen: string | undefined;

  constructor(options: StoreOptions<T> = {}) {
    this.#options = options;
    this.#indexes = new StoreIndexes(options.indexes ?? {});
  }

  get(key: string): T | undefined {
    return this.#objects.get(key);
  }

  list(): T[] {
    return [...this.#objects.values()];
  }

  byIndex(index: string, value: string): T[] {
    return this.#indexes
      .keys(index, value)
      .map((key) => this.#objects.get(key))
      .filter((object) => object !== undefined);
  }

  get size(): number {
    return this.#objects.size;
  }

  /** The resourceVersion up to which everything is known; undefined before the first list. */
  get seenVersion(): string | undefined {
    return this.#seen;
  }

  /** Takes (and freezes) the answer to an own write. Only for objects that this store's selectors select. */
  noteWrite(object: T): void {
    const version = object.metadata.resourceVersion;
    if (
      version === undefined ||
      (object.metadata.uid !== undefined && this.#deleted.has(object.metadata.uid))
    )
      return;
    const key = keyOf(object);
    if (isOlderOrSame(version, this.#seen) || isOlderOrSame(version, this.#ahead.get(key))) return;
    if (compareResourceVersions(version, version) !== undefined) this.#ahead.set(key, version);
    this.#put(key, object);
  }

  /** Takes the answer to an own delete after which the object no longer exists (a `Status`, not an object). */
  noteDelete(object: T): void {
    const { uid } = object.metadata;
    const key = keyOf(object);
    const known = this.#objects.get(key);
    if (uid === undefined || known?.metadata.uid !== uid) return;
    this.#deleted.add(uid);
    this.#ahead.delete(key);
    this.#drop(key);
  }

  /** A complete list taken at `version`: what it lacks is gone. */
  replace(items: readonly T[], version: string): void {
    this.#seen = version;
    for (const [key, ahead] of this.#ahead) {
      if (isOlderOrSame(ahead, version)) this.#ahead.delete(key);
    }
    const listed = new Set<string>();
    const uids = new Set(items.map((item) => item.metadata.uid));
    for (const uid of this.#deleted) {
      if (!uids.has(uid)) this.#deleted.delete(uid);
    }
    for (const item of items) {
      const { uid } = item.metadata;
      if (uid !== undefined && this.#deleted.has(uid)) continue;
      const key = keyOf(item);
      listed.add(key);
      if (!this.#ahead.has(key)) this.#put(key, item);
    }
    for (const key of this.#objects.keys()) {
      if (!listed.has(key) && !this.#ahead.has(key)) this.#drop(key);
    }
  }

  /** An ADDED or MODIFIED event. */
  upsert(object: T): void {
    const key = keyOf(object);
    if (this.#isBehind(key, object)) return;
    this.#put(key, object);
  }

  /** A DELETED event. */
  remove(object: T): void {
    const key = keyOf(object);
    const behind = this.#isBehind(key, object);
    if (object.metadata.uid !== undefined) this.#deleted.delete(object.metadata.uid);
    if (!behind) this.#drop(key);
  }

  /** A BOOKMARK event. */
  advance(version: string): void {
    this.#seen = version;
  }

  /** Notes the event's version as seen; true when the event is older than what we know of its object. */
  #isBehind(key: string, object: T): boolean {
    const { resourceVersion, uid } = object.metadata;
    if (resourceVersion !== undefined) this.#seen = resourceVersion;
    if (uid !== undefined && this.#deleted.has(uid)) return true;
    const ahead = this.#ahead.get(key);
    if (ahead === undefined) return false;
    const order = resourceVersion === undefined ? undefined : compareResourceVersions(resourceVersion, ahead);
    if (order === -1) return true;
    this.#ahead.delete(key);
    return false;
  }

  #put(key: string, incoming: T): void {
    const previous = this.#objects.get(key);
    const sameObject = previous?.metadata.uid === incoming.metadata.uid;
    if (previous !== undefined && sameObject) {
      if (previous.metadata.resourceVersion === incoming.metadata.resourceVersion) return;
    }
    const object = deepFreeze(this.#options.transform?.(incoming) ?? incoming);
    if (previous !== undefined && !sameObject) this.#drop(key);
    this.#objects.set(key, object);
    this.#indexes.set(key, object);
    this.#options.onChange?.(
      previous !== undefined && sameObject ? { type: "update", object, previous } : { type: "add", object },
    );
  }

  #drop(key: string): void {
    const object = this.#objects.get(key);
    if (object === undefined) return;
    this.#objects.delete(key);
    this.#indexes.remove(key);
    this.#options.onChange?.({ type: "delete", object });
  }
}

/** A transform: `managedFields` is often half of an object and of no use in a cache. */
export function dropManagedFields<T extends KubeObject>(object: T): T {
  const { managedFields: _, ...metadata } = object.metadata;
  return { ...object, metadata };
}

function isOlderOrSame(version: string, than: string | undefined): boolean {
  if (than === undefined) return false;
  const order = compareResourceVersions(version, than);
  return order === -1 || order === 0;
}
