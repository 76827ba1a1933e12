import type { KubeApi } from "../../../src/runtime/kube-api.ts";
import { KubeError } from "../../../src/runtime/kube-error.ts";
import type { KubeList, KubeObject } from "../../../src/runtime/kube-object.ts";
import type { PatchOperation } from "../../../src/workloads/in-place/patch.ts";
import type { ModelCluster } from "./cluster.ts";
import type { ModelDeployment } from "./objects.ts";

const account = "system:serviceaccount:modelrollout-system:modelrollout";

/** The API server as the operator sees it, over a {@link ModelCluster}. What it does not need throws. */
export function modelApi(cluster: ModelCluster): KubeApi {
  const never = (call: string) => () => {
    throw new Error(`the model knows no ${call}`);
  };
  const answer = <T>(object: T): T => structuredClone(object);
  return {
    get: async <T extends KubeObject>(path: string): Promise<T> => {
      const found = find(cluster, path);
      if (!found) throw new KubeError("NotFound", `GET ${path}: 404 NotFound`);
      return answer(found) as T;
    },
    list: async <T extends KubeObject>(): Promise<KubeList<T>> => ({
      metadata: {},
      items: podObjects(cluster) as readonly T[],
    }),
    create: async <T extends KubeObject>(path: string, body: object): Promise<T> => {
      const review: KubeObject & { status: object } = {
        metadata: {},
        status: { userInfo: { username: account } },
      };
      const made = path.includes("selfsubjectreviews") ? review : cluster.writeRevision(body as KubeObject);
      return made as T;
    },
    patch: async <T extends KubeObject>(path: string, body: object, options: object): Promise<T> => {
      if (path.includes("/controllerrevisions/")) return answer(noted(cluster, path, body)) as T;
      if (!cluster.deployment) throw new KubeError("NotFound", `PATCH ${path}: 404 NotFound`);
      const next = patched(cluster.deployment, body as readonly PatchOperation[]);
      validate(next);
      next.spec.template = cluster.defaulted(next.spec.template);
      if ("dryRun" in options) return answer(next) as KubeObject as T;
      return answer(cluster.writeDeployment(next)) as KubeObject as T;
    },
    delete: async (path, { preconditions } = {}) => {
      const name = path.split("/").at(-1) ?? "";
      if (path.includes("/controllerrevisions/")) cluster.removeRevision(name);
      const set = [...cluster.sets.values()].find(({ metadata }) => metadata.name === name);
      if (set && path.includes("/replicasets/")) {
        const wanted = preconditions?.resourceVersion;
        if (wanted !== undefined && wanted !== set.metadata.resourceVersion)
          throw new KubeError("Conflict", `DELETE ${path}: 409 Conflict`);
        cluster.removeSet(set);
      }
      return { kind: "Status" };
    },
    apply: never("apply"),
    replace: never("replace"),
    watch: never("watch"),
    version: never("version"),
    close: never("close"),
  };
}

function find(cluster: ModelCluster, path: string): KubeObject | undefined {
  const name = path.split("/").at(-1) ?? "";
  if (path.includes("/deployments/")) return cluster.deployment;
  if (path.includes("/controllerrevisions/")) return cluster.revisions.get(name);
  return path.includes("admissionregistration") && cluster.guarded ? policyOf(name) : undefined;
}

/** A merge patch of annotations. */
function noted(cluster: ModelCluster, path: string, body: object): KubeObject {
  const found = find(cluster, path);
  if (!found) throw new KubeError("NotFound", `PATCH ${path}: 404 NotFound`);
  const { annotations, resourceVersion } = (body as Pick<KubeObject, "metadata">).metadata;
  if (resourceVersion !== found.metadata.resourceVersion)
    throw new KubeError("Conflict", `PATCH ${path}: 409 Conflict`);
  const metadata = { ...found.metadata, annotations: { ...found.metadata.annotations, ...annotations } };
  return cluster.writeRevision({ ...found, metadata });
}

function policyOf(name: string): KubeObject & { spec: object } {
  const expression = `request.userInfo.username != '${account}'`;
  return { metadata: { name }, spec: { matchConditions: [{ name: "not-the-operator", expression }] } };
}

function podObjects(cluster: ModelCluster): readonly KubeObject[] {
  return [...cluster.pods.values()].map((pod) => ({
    metadata: {
      name: pod.name,
      ownerReferences: [{ apiVersion: "apps/v1", kind: "ReplicaSet", name: pod.set, uid: pod.set }],
    },
    status: {
      conditions: [
        {
          type: "Ready",
          status: pod.ready ? "True" : "False",
          lastTransitionTime: new Date(pod.ready ? pod.readyAt : pod.createdAt).toISOString(),
        },
      ],
    },
  }));
}

/** RFC 6902 as far as the operator uses it; the labels' keys have no `~0`. */
function patched(deployment: ModelDeployment, operations: readonly PatchOperation[]): ModelDeployment {
  const next = structuredClone(deployment) as unknown as Record<string, unknown>;
  for (const { op, path, value } of operations) {
    const keys = path
      .split("/")
      .slice(1)
      .map((key) => key.replaceAll("~1", "/"));
    const last = keys.pop() ?? "";
    let at = next;
    for (const key of keys) at = at[key] as Record<string, unknown>;
    if (op === "test" && JSON.stringify(at[last]) !== JSON.stringify(value))
      throw new KubeError("Invalid", `PATCH: 422 Invalid: testing value ${path} failed: test failed`);
    if (op === "remove") delete at[last];
    if (op === "add" || op === "replace") at[last] = structuredClone(value);
  }
  return next as unknown as ModelDeployment;
}

function validate({ spec }: ModelDeployment): void {
  const { maxSurge = "25%", maxUnavailable = "25%" } = spec.strategy?.rollingUpdate ?? {};
  const none = (count: number | string): boolean => Number.parseInt(String(count), 10) === 0;
  if (none(maxSurge) && none(maxUnavailable))
    throw new KubeError("Invalid", "PATCH: 422 Invalid: maxUnavailable may not be 0 when `maxSurge` is 0");
}
