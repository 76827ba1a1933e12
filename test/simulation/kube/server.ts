import { isDeepStrictEqual } from "node:util";
import { withDefaults } from "../../../src/cli/schema/defaulting.ts";
import { modelRolloutSchema } from "../../../src/cli/schema/structural-schema.ts";
import type { DeleteOptions, PatchOptions, WriteOptions } from "../../../src/runtime/kube-api.ts";
import { KubeError } from "../../../src/runtime/kube-error.ts";
import type { KubeList, KubeObject, ObjectMeta, Status } from "../../../src/runtime/kube-object.ts";
import { Etcd } from "./etcd.ts";
import { jsonPatch, mergePatch } from "./patching.ts";
import { type Place, placeOf, selectorOf } from "./place.ts";

/** A stored object with the parts that most kinds have. */
export type Stored = KubeObject & { readonly spec?: unknown; readonly status?: unknown };

/** Kinds whose status is written by itself. */
const withStatus = new Set([
  "modelrollouts.modelrollout.dev",
  "deployments.apps",
  "replicasets.apps",
  "pods",
]);

/** What a template must hold to be refused by the API server, as a misspelt field is. */
export const BAD_IMAGE = "!";

/**
 * The API server's rules, as far as a client can tell: versions, generations, uids, subresources, optimistic locks,
 * finalizers, defaults of ModelRollouts. Every method acts at once or throws KubeError; how long a request takes and
 * what becomes of its answer is the port's business (kube/port.ts).
 */
export class ApiServer {
  readonly etcd = new Etcd();
  readonly #wall: () => number;

  /** `wall`: the true time, milliseconds since 1970. */
  constructor(wall: () => number) {
    this.#wall = wall;
  }

  get(path: string): Stored {
    const place = placeOf(path);
    return this.#must(place, "GET");
  }

  /** What stands under the path; undefined for nothing. */
  peek(path: string): Stored | undefined {
    const { resource, namespace, name } = placeOf(path);
    return this.etcd.get(resource, `${namespace}/${name}`);
  }

  list(path: string, labelSelector?: string): KubeList<Stored> {
    const { resource, kind, apiVersion, namespace } = placeOf(path);
    const selects = selectorOf(labelSelector);
    const items = this.etcd
      .list(resource)
      .filter((object) => namespace === undefined || object.metadata.namespace === namespace)
      .filter(selects);
    return {
      apiVersion,
      kind: `${kind}List`,
      metadata: { resourceVersion: String(this.etcd.version) },
      items,
    };
  }

  create(path: string, body: object, options: Pick<WriteOptions, "dryRun"> = {}): Stored {
    const place = placeOf(path);
    const { resource, kind, apiVersion, namespace = "default" } = place;
    const given = plain(body);
    const name = given.metadata.name ?? "";
    const key = `${namespace}/${name}`;
    if (this.etcd.get(resource, key))
      throw refusal(409, "AlreadyExists", `${resource} "${name}" already exists`);
    this.#refuseBadTemplates(resource, given);
    const { status, ...rest } = given;
    const metadata: ObjectMeta = {
      ...given.metadata,
      namespace,
      uid: this.etcd.newUid(),
      generation: 1,
      creationTimestamp: seconds(this.#wall()),
    };
    const made = this.#defaulted(resource, {
      ...rest,
      apiVersion,
      kind,
      metadata,
      ...(status === undefined || withStatus.has(resource) ? {} : { status }),
    });
    return options.dryRun === true ? made : this.etcd.put(resource, key, made);
  }

  replace(path: string, body: object): Stored {
    const place = placeOf(path);
    const before = this.#must(place, "PUT");
    return this.#update(place, before, plain(body));
  }

  patch(path: string, body: object, type: PatchOptions["type"]): Stored {
    const place = placeOf(path);
    const before = this.#must(place, "PATCH");
    const given = plain(body);
    const after =
      type === "json"
        ? jsonPatch(before, given as unknown as Parameters<typeof jsonPatch>[1])
        : mergePatch(before, given);
    if (after === undefined)
      throw refusal(422, "Invalid", "the server rejected our request due to an error in our request");
    return this.#update(place, before, after as Stored);
  }

  /** Server-side apply by the one manager that owns all of `spec`: what is not sent is gone from it. */
  apply(path: string, body: object): Stored {
    const place = placeOf(path);
    const given = plain(body);
    const { name = "", namespace } = place;
    const before = this.etcd.get(place.resource, `${namespace}/${name}`);
    if (!before) {
      if (given.metadata.uid !== undefined)
        throw refusal(409, "Conflict", `${name}: uid mismatch: the object is gone`);
      return this.create(path.slice(0, path.lastIndexOf("/")), body);
    }
    const metadata = mergePatch(before.metadata, given.metadata) as ObjectMeta;
    return this.#update(place, before, { ...before, ...given, metadata });
  }

  delete(path: string, { preconditions }: Pick<DeleteOptions, "preconditions"> = {}): KubeObject | Status {
    const place = placeOf(path);
    const object = this.#must(place, "DELETE");
    const { metadata } = object;
    if (preconditions?.uid !== undefined && preconditions.uid !== metadata.uid)
      throw refusal(409, "Conflict", "Precondition failed: UID in precondition does not match");
    const key = `${metadata.namespace}/${metadata.name}`;
    if ((metadata.finalizers ?? []).length === 0) {
      this.etcd.put(place.resource, key, undefined);
      return { kind: "Status", status: "Success", details: { uid: metadata.uid ?? "" } };
    }
    if (metadata.deletionTimestamp !== undefined) return object;
    return this.etcd.put(place.resource, key, {
      ...object,
      metadata: {
        ...metadata,
        deletionTimestamp: seconds(this.#wall()),
        generation: (metadata.generation ?? 0) + 1,
      },
    });
  }

  #must({ resource, namespace, name }: Place, method: string): Stored {
    const found = this.etcd.get(resource, `${namespace}/${name}`);
    if (!found) throw refusal(404, "NotFound", `${method}: ${resource} "${name}" not found`);
    return found;
  }

  #update(place: Place, before: Stored, wanted: Stored): Stored {
    const { resource, subresource } = place;
    const { metadata } = before;
    if (wanted.metadata.uid !== undefined && wanted.metadata.uid !== metadata.uid)
      throw refusal(409, "Conflict", "Precondition failed: UID in precondition does not match");
    if ((wanted.metadata.resourceVersion ?? metadata.resourceVersion) !== metadata.resourceVersion)
      throw refusal(
        409,
        "Conflict",
        "the object has been modified; please apply your changes to the latest version",
      );
    const after =
      subresource === "status" ? withNewStatus(before, wanted) : this.#withNewRest(resource, before, wanted);
    if (isDeepStrictEqual(after, before)) return before;
    const ended =
      after.metadata.deletionTimestamp !== undefined && (after.metadata.finalizers ?? []).length === 0;
    const key = `${metadata.namespace}/${metadata.name}`;
    if (!ended) return this.etcd.put(resource, key, after);
    this.etcd.put(resource, key, undefined);
    return after;
  }

  #withNewRest(resource: string, before: Stored, wanted: Stored): Stored {
    this.#refuseBadTemplates(resource, wanted);
    const given = this.#defaulted(resource, wanted);
    const {
      uid,
      resourceVersion,
      creationTimestamp,
      deletionTimestamp,
      generation = 1,
      name,
      namespace,
    } = before.metadata;
    const changed = !isDeepStrictEqual(given.spec, before.spec);
    const { status: _status, ...rest } = given;
    const status = withStatus.has(resource) ? before.status : given.status;
    return {
      ...rest,
      metadata: {
        ...given.metadata,
        ...present({ name, namespace, uid, resourceVersion, creationTimestamp, deletionTimestamp }),
        generation: changed ? generation + 1 : generation,
      },
      ...(status === undefined ? {} : { status }),
    };
  }

  #defaulted(resource: string, object: Stored): Stored {
    if (resource !== "modelrollouts.modelrollout.dev") return object;
    const { metadata, status, ...rest } = object;
    const { properties = {}, ...schema } = modelRolloutSchema();
    const { metadata: _metadata, status: _status, ...described } = properties;
    const filled = withDefaults(rest, { ...schema, properties: described }) as Omit<Stored, "metadata">;
    return { ...filled, metadata, ...(status === undefined ? {} : { status }) };
  }

  #refuseBadTemplates(resource: string, { spec }: Stored): void {
    if (resource !== "deployments.apps" || !JSON.stringify(spec ?? {}).includes(`"image":"${BAD_IMAGE}`))
      return;
    throw refusal(
      422,
      "Invalid",
      "Deployment.apps is invalid: spec.template.spec.containers[0].image: Invalid value",
    );
  }
}

function withNewStatus(before: Stored, { status }: Stored): Stored {
  const { status: _old, ...rest } = before;
  return { ...rest, ...(status === undefined ? {} : { status }) };
}

/** As it comes over the wire. */
function plain(body: object): Stored {
  return JSON.parse(JSON.stringify(body)) as Stored;
}

function present<T extends object>(fields: T): { [Key in keyof T]: NonNullable<T[Key]> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as {
    [Key in keyof T]: NonNullable<T[Key]>;
  };
}

/** An answer with a `Status`. */
export function refusal(code: number, reason: string, message: string, retryAfterMs?: number): KubeError {
  return new KubeError(reason, message, { code, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) });
}

/** As metav1.Time is written. */
export function seconds(wallMs: number): string {
  return new Date(wallMs).toISOString().replace(/\.\d+Z$/, "Z");
}
