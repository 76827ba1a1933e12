import { isDeepStrictEqual } from "node:util";
import { withDefaults } from "../../../src/cli/schema/defaulting.ts";
import { modelRolloutSchema } from "../../../src/cli/schema/structural-schema.ts";
import type { DeleteOptions, PatchOptions, WriteOptions } from "../../../src/runtime/kube-api.ts";
import { KubeError } from "../../../src/runtime/kube-error.ts";
import type { KubeList, KubeObject, ObjectMeta, Status } from "../../../src/runtime/kube-object.ts";
import { admitted, managed, withDeploymentDefaults } from "./deployment-rules.ts";
import { Etcd } from "./etcd.ts";
import { jsonPatch, mergePatch } from "./patching.ts";
import { type Place, placeOf, selectorOf } from "./place.ts";
import { PERSON, type Writer } from "./writer.ts";

/** A stored object with the parts that most kinds have. */
export type Stored = KubeObject & { readonly spec?: unknown; readonly status?: unknown };

/** Kinds whose status is written by itself. */
const DEPLOYMENTS = "deployments.apps";
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
  /** The admission policies of Deployments stand. */
  policies = false;
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
    const place = placeOf(path);
    return this.etcd.get(place.resource, keyOf(place));
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

  create(
    path: string,
    body: object,
    options: Pick<WriteOptions, "dryRun"> = {},
    writer: Writer = PERSON,
  ): Stored {
    const place = placeOf(path);
    const { resource, kind, apiVersion, namespace = "default" } = place;
    const given = plain(body);
    if (resource === "selfsubjectreviews.authentication.k8s.io")
      return { ...given, status: { userInfo: { username: writer.user } } };
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
    if (resource === DEPLOYMENTS) {
      const managedFields = [{ manager: writer.manager, operation: "Update" }];
      const stored = { ...made, metadata: { ...made.metadata, managedFields } };
      return options.dryRun === true ? stored : this.etcd.put(resource, key, stored);
    }
    return options.dryRun === true ? made : this.etcd.put(resource, key, made);
  }

  replace(path: string, body: object, writer: Writer = PERSON): Stored {
    const place = placeOf(path);
    const before = this.#must(place, "PUT");
    return this.#update(place, before, plain(body), { writer });
  }

  patch(
    path: string,
    body: object,
    type: PatchOptions["type"],
    { writer = PERSON, dryRun = false }: UpdateOptions = {},
  ): Stored {
    const place = placeOf(path);
    const before = this.#must(place, "PATCH");
    const given = plain(body);
    const after =
      type === "json"
        ? jsonPatch(before, given as unknown as Parameters<typeof jsonPatch>[1])
        : mergePatch(before, given);
    if (after === undefined) throw refusal(422, "Invalid", "testing value failed: test failed");
    return this.#update(place, before, after as Stored, { writer, dryRun });
  }

  /** The scale subresource, which no policy sees. */
  scale(path: string, replicas: number): void {
    const place = placeOf(path);
    const before = this.#must(place, "PUT") as Stored & { readonly spec: { readonly replicas?: number } };
    if (before.spec.replicas === replicas) return;
    const { generation = 1 } = before.metadata;
    this.etcd.put(place.resource, keyOf(place), {
      ...before,
      metadata: { ...before.metadata, generation: generation + 1 },
      spec: { ...before.spec, replicas },
    } as Stored);
  }

  /** Server-side apply by the one manager that owns all of `spec`: what is not sent is gone from it. */
  apply(path: string, body: object, writer: Writer = PERSON): Stored {
    const place = placeOf(path);
    const given = plain(body);
    const { name = "" } = place;
    const before = this.etcd.get(place.resource, keyOf(place));
    if (!before) {
      if (given.metadata.uid !== undefined)
        throw refusal(409, "Conflict", `${name}: uid mismatch: the object is gone`);
      return this.create(path.slice(0, path.lastIndexOf("/")), body, {}, writer);
    }
    const metadata = mergePatch(before.metadata, given.metadata) as ObjectMeta;
    return this.#update(place, before, { ...before, ...given, metadata }, { writer });
  }

  delete(path: string, { preconditions }: Pick<DeleteOptions, "preconditions"> = {}): KubeObject | Status {
    const place = placeOf(path);
    const object = this.#must(place, "DELETE");
    const { metadata } = object;
    if (preconditions?.uid !== undefined && preconditions.uid !== metadata.uid)
      throw refusal(409, "Conflict", "Precondition failed: UID in precondition does not match");
    if ((preconditions?.resourceVersion ?? metadata.resourceVersion) !== metadata.resourceVersion)
      throw refusal(409, "Conflict", "Precondition failed: ResourceVersion in precondition does not match");
    const key = keyOf(metadata);
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

  #must(place: Place, method: string): Stored {
    const { resource, name } = place;
    const found = this.etcd.get(resource, keyOf(place));
    if (!found) throw refusal(404, "NotFound", `${method}: ${resource} "${name}" not found`);
    return found;
  }

  #update(
    place: Place,
    before: Stored,
    wanted: Stored,
    { writer = PERSON, dryRun = false }: UpdateOptions,
  ): Stored {
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
      subresource === "status"
        ? withNewStatus(before, wanted)
        : this.#withNewRest(resource, before, wanted, writer);
    if (isDeepStrictEqual(after, before)) return before;
    if (dryRun) return after;
    const ended =
      after.metadata.deletionTimestamp !== undefined && (after.metadata.finalizers ?? []).length === 0;
    const key = keyOf(metadata);
    if (!ended) return this.etcd.put(resource, key, after);
    this.etcd.put(resource, key, undefined);
    return after;
  }

  #withNewRest(resource: string, before: Stored, wanted: Stored, writer: Writer): Stored {
    this.#refuseBadTemplates(resource, wanted);
    const filled = this.#defaulted(resource, wanted);
    const isDeployment = resource === DEPLOYMENTS;
    const given = isDeployment && this.policies ? admitted(before, filled, writer) : filled;
    const { managedFields: _asked, ...metadata } = given.metadata;
    const managedFields = isDeployment ? managed(before, given, writer) : undefined;
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
        ...metadata,
        ...(managedFields === undefined ? {} : { managedFields }),
        ...present({ name, namespace, uid, resourceVersion, creationTimestamp, deletionTimestamp }),
        generation: changed ? generation + 1 : generation,
      },
      ...(status === undefined ? {} : { status }),
    };
  }

  #defaulted(resource: string, object: Stored): Stored {
    if (resource === DEPLOYMENTS) return withDeploymentDefaults(object);
    if (resource !== "modelrollouts.modelrollout.dev") return object;
    const { metadata, status, ...rest } = object;
    const { properties = {}, ...schema } = modelRolloutSchema();
    const { metadata: _metadata, status: _status, ...described } = properties;
    const filled = withDefaults(rest, { ...schema, properties: described }) as Omit<Stored, "metadata">;
    return { ...filled, metadata, ...(status === undefined ? {} : { status }) };
  }

  #refuseBadTemplates(resource: string, { spec }: Stored): void {
    if (resource !== DEPLOYMENTS || !JSON.stringify(spec ?? {}).includes(`"image":"${BAD_IMAGE}`)) return;
    throw refusal(
      422,
      "Invalid",
      "Deployment.apps is invalid: spec.template.spec.containers[0].image: Invalid value",
    );
  }
}

export interface UpdateOptions {
  readonly writer?: Writer;
  readonly dryRun?: boolean;
}

/** Of a namespaced object, or of one in no namespace. */
function keyOf({ namespace, name }: { readonly namespace?: string; readonly name?: string }): string {
  return namespace === undefined ? `${name}` : `${namespace}/${name}`;
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
