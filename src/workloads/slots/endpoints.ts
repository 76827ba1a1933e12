import type { Destination } from "../../core/observed.ts";
import { KubeError } from "../../runtime/kube-error.ts";
import { isOurs, slotName } from "./names.ts";
import type { BindingObject, ServiceObject } from "./objects.ts";
import { attemptOnFresh, done, failed, type Outcome } from "./outcome.ts";
import {
  applyOver,
  createNew,
  getLive,
  type SlotObjectRef,
  type SlotsContext,
  writable,
} from "./owned-object.ts";
import { stands } from "./read.ts";
import { renderBinding, renderService } from "./render.ts";
import type { SlotsSpec } from "./slots-spec.ts";
import { indexes } from "./stores.ts";

/** Keys of a binding's spec that are the operator's; the AWS Load Balancer Controller's webhook fills in others. */
const bindingKeys = ["serviceRef", "targetGroupARN", "targetType", "networking"];

/** The Service of a slot, then its TargetGroupBinding, as far as the rollout has them. */
export async function ensureEndpoints(
  context: SlotsContext,
  spec: SlotsSpec,
  destination: Destination,
  signal?: AbortSignal,
): Promise<Outcome> {
  return await attemptOnFresh(async () => {
    const service = await ensureService(context, spec, destination, signal);
    return service.ok ? await ensureBinding(context, spec, destination, signal) : service;
  });
}

async function ensureService(
  context: SlotsContext,
  spec: SlotsSpec,
  destination: Destination,
  signal: AbortSignal | undefined,
): Promise<Outcome> {
  const wanted = renderService(spec, destination);
  if (wanted === undefined) return done;
  const store = context.stores.services;
  return await ensure<ServiceObject>(context, { spec, destination, kind: "Service", store, signal }, wanted);
}

async function ensureBinding(
  context: SlotsContext,
  spec: SlotsSpec,
  destination: Destination,
  signal: AbortSignal | undefined,
): Promise<Outcome> {
  const wanted = renderBinding(spec, destination);
  if (wanted === undefined) return done;
  const rival = context.stores.bindings
    .byIndex(indexes.group, wanted.spec.targetGroupARN ?? "")
    // One being deleted counts too: its controller may still take targets out of the group.
    .find((binding) => !(isOurs(spec, binding) && binding.metadata.name === wanted.metadata.name));
  if (rival !== undefined) {
    const key = `${rival.metadata.namespace}/${rival.metadata.name}`;
    return failed(
      "refused",
      `TargetGroupBinding ${key} already fills target group ${wanted.spec.targetGroupARN}`,
    );
  }
  try {
    const store = context.stores.bindings;
    const ref = { spec, destination, kind: "TargetGroupBinding", store, signal } as const;
    return await ensure<BindingObject>(context, ref, wanted, bindingKeys, sameGroup);
  } catch (error) {
    if (!(error instanceof KubeError) || error.reason !== "NotFound") throw error;
    if (error.details?.kind === "namespaces") throw error;
    return failed(
      "refused",
      "this cluster has no TargetGroupBinding (elbv2.k8s.aws/v1beta1): install the AWS Load Balancer Controller, or set spec.traffic.alb.bindTargets to false",
    );
  }
}

/** A binding moved to another group would take the targets out of the old one, whatever traffic that has. */
function sameGroup(wanted: BindingObject, live: BindingObject): Outcome {
  const { targetGroupARN: group, targetType: type } = live.spec;
  if (group === wanted.spec.targetGroupARN && (wanted.spec.targetType ?? type) === type) return done;
  return failed(
    "refused",
    `TargetGroupBinding ${live.metadata.namespace}/${live.metadata.name} is for ${group} (${type ?? "any type"}), which cannot change: delete it when that group has no traffic`,
  );
}

async function ensure<T extends ServiceObject | BindingObject>(
  context: SlotsContext,
  ref: SlotObjectRef<T>,
  wanted: T,
  claimed?: readonly string[],
  check: (wanted: T, live: T) => Outcome = () => done,
): Promise<Outcome> {
  const cached = ref.store.get(`${ref.spec.namespace}/${slotName(ref.spec, ref.destination)}`);
  if (stands(ref.spec, wanted, cached)) return done;
  const live = await getLive(context, ref);
  if (live === undefined) {
    const made = await createNew(context, ref, wanted);
    if (made.created) return done;
    // Somebody was faster. Whoever it was, the next observation shows it.
    if (made.found === undefined) return failed("conflict", `${ref.kind} appeared and went: observe again`);
    const allowed = writable(context, ref, made.found);
    return allowed.ok ? failed("conflict", `${ref.kind} has just appeared: observe again`) : allowed;
  }
  const allowed = writable(context, ref, live);
  if (!allowed.ok) return allowed;
  const checked = check(wanted, live);
  if (!checked.ok) return checked;
  await applyOver(context, ref, wanted, live, claimed);
  return done;
}
