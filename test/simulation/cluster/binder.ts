import type { BindingObject, PodObject, ServiceObject } from "../../../src/workloads/slots/objects.ts";
import { isReady } from "../../../src/workloads/slots/pods.ts";
import type { Account } from "../aws/account.ts";
import type { Dice } from "../dice.ts";
import type { ApiServer } from "../kube/server.ts";
import type { Timeline } from "../timeline.ts";

const BINDINGS = "targetgroupbindings.elbv2.k8s.aws";
const FINALIZER = "elbv2.k8s.aws/resources";

export interface BinderOptions {
  readonly server: ApiServer;
  readonly account: Account;
  readonly timeline: Timeline;
  readonly dice: Dice;
}

/** The AWS Load Balancer Controller's part: Ready pods of a bound Service are registered in the group, others not. */
export function startBinder(options: BinderOptions): void {
  const binder = new Binder(options);
  binder.start();
}

class Binder {
  readonly #options: BinderOptions;
  #due = false;

  constructor(options: BinderOptions) {
    this.#options = options;
  }

  start(): void {
    this.#options.server.etcd.onChange(({ resource }) => {
      if (resource === "pods" || resource === "services" || resource === BINDINGS) this.#soon();
    });
  }

  #soon(): void {
    if (this.#due) return;
    this.#due = true;
    const { timeline, dice } = this.#options;
    timeline.in(dice.between(100, 1_500), () => {
      this.#due = false;
      for (const binding of this.#options.server.etcd.list(BINDINGS)) this.#bind(binding as BindingObject);
    });
  }

  #bind(binding: BindingObject): void {
    const { server, account } = this.#options;
    const { namespace, name, finalizers = [], deletionTimestamp } = binding.metadata;
    const arn = binding.spec.targetGroupARN ?? "";
    if (!account.region().elb.targetGroups.has(arn)) return;
    const key = `${namespace}/${name}`;
    if (deletionTimestamp === undefined && !finalizers.includes(FINALIZER)) {
      const metadata = { ...binding.metadata, finalizers: [...finalizers, FINALIZER] };
      server.etcd.put(BINDINGS, key, { ...binding, metadata });
    }
    const wanted = deletionTimestamp === undefined ? this.#addresses(binding) : new Set<string>();
    const registered = account
      .region()
      .elb.targets.values()
      .filter((target) => target.groupArn === arn && target.deregisteredAt === undefined)
      .map(({ id }) => id);
    const added = [...wanted].filter((id) => !registered.includes(id));
    const gone = registered.filter((id) => !wanted.has(id));
    if (added.length > 0)
      account.elb.registerTargets(
        arn,
        added.map((id) => ({ id })),
      );
    if (gone.length > 0)
      account.elb.deregisterTargets(
        arn,
        gone.map((id) => ({ id })),
      );
    if (deletionTimestamp !== undefined && finalizers.includes(FINALIZER))
      server.etcd.put(BINDINGS, key, undefined);
  }

  #addresses({ metadata, spec }: BindingObject): ReadonlySet<string> {
    const { server } = this.#options;
    const service = server.etcd.get("services", `${metadata.namespace}/${spec.serviceRef?.name}`) as
      | ServiceObject
      | undefined;
    const selector = Object.entries(service?.spec.selector ?? {});
    if (selector.length === 0) return new Set();
    const pods = (server.etcd.list("pods") as readonly PodObject[]).filter(
      (pod) =>
        pod.metadata.namespace === metadata.namespace &&
        isReady(pod) &&
        selector.every(([name, value]) => pod.metadata.labels?.[name] === value),
    );
    return new Set(pods.flatMap(({ status }) => status?.podIP ?? []));
  }
}
