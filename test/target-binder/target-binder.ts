import { ElasticLoadBalancingV2Client } from "@aws-sdk/client-elastic-load-balancing-v2";
import { ApiClient, ApiError } from "../control-plane/api-client.ts";
import { desiredTargets } from "./desired-targets.ts";
import { bindingsPath, type Pod, type Service, type TargetGroupBinding } from "./objects.ts";
import { SingleFlight } from "./single-flight.ts";
import { emptyTargetGroup, syncTargetGroup } from "./target-group.ts";
import { keyOf, type WatchedObjects, watchObjects } from "./watched-objects.ts";

/** The finalizer with which the AWS Load Balancer Controller empties a group before its binding goes. */
export const bindingFinalizer = "elbv2.k8s.aws/resources";

/** Where a binder works. */
export type TargetBinderOptions = {
  readonly kubeconfigPath: string;
  /** Base address of the ELBv2 API. */
  readonly elbEndpoint: string;
  readonly region: string;
  /** All namespaces by default. */
  readonly namespaces?: readonly string[];
};

/** A running binder. */
export type RunningTargetBinder = { stop(): Promise<void> };

/**
 * Does what the AWS Load Balancer Controller does with `TargetGroupBinding`s of target type ip: keeps the targets of
 * each group equal to the Ready pods of the binding's Service, and empties the group before the binding goes.
 * Differences: no security groups, no readiness gates, and a binding without a `targetType` is one of type ip.
 * Errors of either API are tried again until they pass; `stop()` leaves all targets as they are.
 * Resolves when it has seen all bindings, Services and pods; the definition of bindings must be there.
 */
export async function startTargetBinder(options: TargetBinderOptions): Promise<RunningTargetBinder> {
  const client = new ApiClient(options.kubeconfigPath, "target-binder");
  const elb = new ElasticLoadBalancingV2Client({
    endpoint: options.elbEndpoint,
    region: options.region,
    credentials: { accessKeyId: "target-binder", secretAccessKey: "none" },
    customUserAgent: "target-binder",
    maxAttempts: 1, // tried again with the latest state instead
  });
  const scopes = await Promise.all(
    (options.namespaces ?? [undefined]).map((namespace) => startScope(client, elb, namespace)),
  );
  return {
    async stop() {
      await Promise.all(scopes.map((scope) => scope.stop()));
      elb.destroy();
      await client.close();
    },
  };
}

/** What one binder has seen of one namespace, or of all. */
type Seen = {
  readonly bindings: WatchedObjects<TargetGroupBinding>;
  readonly services: WatchedObjects<Service>;
  readonly pods: WatchedObjects<Pod>;
};

async function startScope(
  client: ApiClient,
  elb: ElasticLoadBalancingV2Client,
  namespace: string | undefined,
): Promise<RunningTargetBinder> {
  const within = namespace === undefined ? "" : `/namespaces/${namespace}`;
  let seen: Seen | undefined;
  const flights = new SingleFlight(async (key) => {
    const binding = seen?.bindings.byKey.get(key);
    if (seen !== undefined && binding !== undefined) await reconcile(client, elb, binding, seen);
  });
  const ask = (touches: (binding: TargetGroupBinding) => boolean): void => {
    for (const [key, binding] of seen?.bindings.byKey ?? []) if (touches(binding)) flights.ask(key);
  };
  const neighbours = (object?: { metadata: { namespace?: string } }): void =>
    ask(({ metadata }) => object === undefined || metadata.namespace === object.metadata.namespace);
  const [bindings, services, pods] = await Promise.all([
    watchObjects<TargetGroupBinding>(client, `${bindingsPath}${within}/targetgroupbindings`, (object) =>
      ask((binding) => object === undefined || keyOf(binding) === keyOf(object)),
    ),
    watchObjects<Service>(client, `/api/v1${within}/services`, neighbours),
    watchObjects<Pod>(client, `/api/v1${within}/pods`, neighbours),
  ]);
  seen = { bindings, services, pods };
  ask(() => true);
  return {
    async stop() {
      await Promise.all([bindings.stop(), services.stop(), pods.stop()]);
      await flights.stop();
    },
  };
}

async function reconcile(
  client: ApiClient,
  elb: ElasticLoadBalancingV2Client,
  binding: TargetGroupBinding,
  { services, pods }: Seen,
): Promise<void> {
  const { metadata, spec, status } = binding;
  if (spec.targetType === "instance") return; // kwok's nodes are no EC2 instances
  const path = `${bindingsPath}/namespaces/${metadata.namespace}/targetgroupbindings/${metadata.name}`;
  const finalizers = metadata.finalizers ?? [];
  if (metadata.deletionTimestamp !== undefined) {
    if (!finalizers.includes(bindingFinalizer)) return;
    await emptyTargetGroup(elb, spec.targetGroupARN);
    await setFinalizers(
      client,
      path,
      binding,
      finalizers.filter((each) => each !== bindingFinalizer),
    );
    return;
  }
  if (!finalizers.includes(bindingFinalizer)) {
    await setFinalizers(client, path, binding, [...finalizers, bindingFinalizer]);
  }
  const service = services.byKey.get(`${metadata.namespace}/${spec.serviceRef.name}`);
  await syncTargetGroup(elb, spec.targetGroupARN, desiredTargets(binding, service, pods.byKey.values()));
  if (status?.observedGeneration === metadata.generation) return;
  const observed = { status: { observedGeneration: metadata.generation } };
  await client.patch(`${path}/status`, "merge", observed).catch(unlessGone);
}

/** Writes the whole list, but only over the object as it was read; else the next change brings us here again. */
async function setFinalizers(
  client: ApiClient,
  path: string,
  { metadata }: TargetGroupBinding,
  finalizers: readonly string[],
): Promise<void> {
  const { uid, resourceVersion } = metadata;
  await client
    .patch(path, "merge", { metadata: { uid, resourceVersion, finalizers } })
    .catch((error: unknown) => unlessGone(error));
}

function unlessGone(error: unknown): void {
  if (!(error instanceof ApiError) || error.code !== 404) throw error;
}
