import type { KubeObject } from "../../../src/runtime/kube-object.ts";

/** One change of one object. */
export interface Change {
  readonly version: number;
  readonly resource: string;
  readonly before?: KubeObject;
  readonly after?: KubeObject;
}

/** Every object by resource and name, and the changes since the last compaction. Objects are replaced, never edited. */
export class Etcd {
  readonly #objects = new Map<string, Map<string, KubeObject>>();
  readonly #log = new Map<string, Change[]>();
  readonly #listeners = new Set<(change: Change) => void>();
  #version = 1_000;
  #uids = 0;
  /** Changes up to here are forgotten. */
  #compacted = 1_000;

  get version(): number {
    return this.#version;
  }

  get compacted(): number {
    return this.#compacted;
  }

  newUid(): string {
    this.#uids += 1;
    return `00000000-0000-4000-8000-${this.#uids.toString(16).padStart(12, "0")}`;
  }

  get(resource: string, key: string): KubeObject | undefined {
    return this.#objects.get(resource)?.get(key);
  }

  list(resource: string): readonly KubeObject[] {
    return [...(this.#objects.get(resource)?.values() ?? [])];
  }

  /** Stores the object under a new version and tells everybody. `undefined` removes what was there. */
  put(resource: string, key: string, object: KubeObject | undefined): KubeObject {
    const kept = this.#objects.get(resource) ?? new Map<string, KubeObject>();
    this.#objects.set(resource, kept);
    const before = kept.get(key);
    const last = object ?? before;
    if (last === undefined) throw new Error(`${resource} ${key} is not there`);
    this.#version += 1;
    const stamped = { ...last, metadata: { ...last.metadata, resourceVersion: String(this.#version) } };
    if (object === undefined) kept.delete(key);
    else kept.set(key, stamped);
    const change: Change = {
      version: this.#version,
      resource,
      // A deletion is told with the object's last state under the version of the deletion.
      ...(before === undefined ? {} : { before: object === undefined ? stamped : before }),
      ...(object === undefined ? {} : { after: stamped }),
    };
    const log = this.#log.get(resource) ?? [];
    log.push(change);
    if (log.length > 400) log.splice(0, 200);
    this.#log.set(resource, log);
    for (const listener of this.#listeners) listener(change);
    return stamped;
  }

  /** Changes of a resource after `version`; undefined when they are forgotten. */
  since(resource: string, version: number): readonly Change[] | undefined {
    if (version < this.#compacted) return undefined;
    const log = this.#log.get(resource) ?? [];
    if (log.length >= 200 && version < (log[0]?.version ?? 0) - 1) return undefined;
    return log.filter((change) => change.version > version);
  }

  compact(): void {
    this.#compacted = this.#version;
  }

  /** Returns the way out. */
  onChange(listener: (change: Change) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }
}
