import { labels } from "../../api/group.ts";
import type { Destination, HealthRead, SlotRead } from "../../core/observed.ts";
import { isContained } from "./contained.ts";
import { destinations, isOurs, keyFor, type SlotKind, slotName } from "./names.ts";
import type { BindingObject, DeploymentObject, PodObject, ServiceObject } from "./objects.ts";
import { addressesOf, isAlive, isReady, revisionOf } from "./pods.ts";
import { renderBinding, renderService } from "./render.ts";
import type { SlotsSpec } from "./slots-spec.ts";
import { troubleOf } from "./trouble.ts";

/** The cluster's side of a snapshot, for one slot. */
export interface SlotObjects {
  /** Objects of the slot's names, ours or not, as far as they are known. */
  readonly deployment?: DeploymentObject;
  readonly service?: ServiceObject;
  readonly binding?: BindingObject;
  /** Kinds under whose name a GET found an object that is not ours. */
  readonly taken: readonly SlotKind[];
  /** Pods with the labels of the rollout and the slot. */
  readonly pods: readonly PodObject[];
  /** All TargetGroupBindings on the slot's group, from all namespaces. */
  readonly bindingsOfGroup: readonly BindingObject[];
  /** IPs that pods of the slot had until a short while ago; they may still be registered. */
  readonly recentAddresses: ReadonlySet<string>;
}

/**
 * One slot as a decision needs it. Pure.
 *
 * `health`: the slot's target group as last read; absent where there is no group, or when it has not been read
 * yet. With a group and no usable read nothing counts as serving.
 */
export function readSlot(
  spec: SlotsSpec,
  destination: Destination,
  objects: SlotObjects,
  health?: HealthRead,
): SlotRead {
  const foreign = foreignOf(spec, destination, objects);
  const deployment = ours(spec, objects.deployment);
  const pods = objects.pods.filter(isAlive);
  const revision = deployment?.metadata.labels?.[labels.revision] ?? "";
  const current = deployment === undefined ? [] : pods.filter((pod) => revisionOf(pod) === revision);
  const ready = current.filter(isReady);
  const waiting = current.filter((pod) => !isReady(pod) && pod.metadata.deletionTimestamp === undefined);
  const trouble = deployment === undefined ? undefined : troubleOf(deployment, waiting);
  const foreignBinding = foreignBindingOf(spec, destination, objects);
  return {
    ...(deployment === undefined ? {} : { deployment: deploymentRead(deployment, revision) }),
    pods: pods.length,
    ready: ready.length,
    serving: servingOf(spec, ready, health),
    endpoints: endpointsStand(spec, destination, objects),
    foreign,
    ...(trouble === undefined ? {} : { trouble }),
    foreignTargets: foreignTargetsOf(spec, destination, objects, health),
    ...(foreignBinding === undefined ? {} : { foreignBinding }),
  };
}

/** Both slots. */
export function readSlots(
  spec: SlotsSpec,
  objects: Readonly<Record<Destination, SlotObjects>>,
  health?: Readonly<Record<Destination, HealthRead>>,
): Readonly<Record<Destination, SlotRead>> {
  return {
    a: readSlot(spec, "a", objects.a, health?.a),
    b: readSlot(spec, "b", objects.b, health?.b),
  };
}

/** The names that a slot needs, by kind. */
export function neededKinds(spec: SlotsSpec): readonly SlotKind[] {
  return [
    "Deployment",
    ...(renderService(spec, "a") === undefined ? [] : (["Service"] as const)),
    ...(renderBinding(spec, "a") === undefined ? [] : (["TargetGroupBinding"] as const)),
  ];
}

function deploymentRead(deployment: DeploymentObject, revision: string): NonNullable<SlotRead["deployment"]> {
  const { uid = "", generation = 0, deletionTimestamp } = deployment.metadata;
  return {
    uid,
    revision,
    // The API server's default for a Deployment without the field.
    replicas: deployment.spec.replicas ?? 1,
    current: (deployment.status?.observedGeneration ?? 0) >= generation,
    deleting: deletionTimestamp !== undefined,
  };
}

function ours<T extends DeploymentObject | ServiceObject | BindingObject>(
  spec: SlotsSpec,
  object: T | undefined,
): T | undefined {
  return object !== undefined && isOurs(spec, object) ? object : undefined;
}

function foreignOf(spec: SlotsSpec, destination: Destination, objects: SlotObjects): readonly string[] {
  const known = {
    Deployment: objects.deployment,
    Service: objects.service,
    TargetGroupBinding: objects.binding,
    ControllerRevision: undefined,
  };
  return neededKinds(spec)
    .filter((kind) => {
      const object = known[kind];
      return object === undefined ? objects.taken.includes(kind) : !isOurs(spec, object);
    })
    .map((kind) => `${kind} ${slotName(spec, destination)}`);
}

/**
 * How many Ready pods a router can reach. Instance targets are nodes: any healthy one leads to every Ready pod of
 * the Service, so there all of them count as soon as one node is healthy.
 */
function servingOf(spec: SlotsSpec, ready: readonly PodObject[], health: HealthRead | undefined): number {
  if (spec.groups === undefined) return ready.length;
  if (health === undefined || health.problem !== undefined) return 0;
  if (hasInstances(health)) return health.healthy.length > 0 ? ready.length : 0;
  const healthy = new Set(health.healthy.map((address) => address.toLowerCase()));
  return ready.filter((pod) => addressesOf(pod).some((address) => healthy.has(address))).length;
}

function endpointsStand(spec: SlotsSpec, destination: Destination, objects: SlotObjects): boolean {
  const pairs = [
    [renderService(spec, destination), objects.service],
    [renderBinding(spec, destination), objects.binding],
  ] as const;
  return pairs.every(([wanted, found]) => wanted === undefined || stands(spec, wanted, found));
}

/** Whether an object is there, ours, stays, and has what is wanted. */
export function stands(
  spec: SlotsSpec,
  wanted: ServiceObject | BindingObject | DeploymentObject,
  found: ServiceObject | BindingObject | DeploymentObject | undefined,
): boolean {
  return (
    found !== undefined &&
    isOurs(spec, found) &&
    found.metadata.deletionTimestamp === undefined &&
    isContained({ metadata: wanted.metadata, spec: wanted.spec }, found)
  );
}

/**
 * Registered addresses that no pod of the slot has or had a short while ago. Instance targets are nodes of the
 * cluster once our binding stands (the controller registers them all); before, somebody else registered them.
 */
function foreignTargetsOf(
  spec: SlotsSpec,
  destination: Destination,
  objects: SlotObjects,
  health: HealthRead | undefined,
): readonly string[] {
  if (health === undefined || health.problem !== undefined) return [];
  // Without a binding of ours, whoever registers the targets knows them: nobody is thrown out by us.
  if (spec.binding === undefined) return [];
  if (hasInstances(health)) {
    const binding = ours(spec, objects.binding);
    const isBound = binding?.spec.targetGroupARN === spec.groups?.[destination];
    return binding !== undefined && isBound ? [] : [...health.registered];
  }
  const known = new Set(objects.pods.flatMap(addressesOf));
  return health.registered.filter(
    (address) => !known.has(address.toLowerCase()) && !objects.recentAddresses.has(address.toLowerCase()),
  );
}

/** Ids of EC2 instances; a target group has targets of one type only. */
function hasInstances({ registered, healthy }: HealthRead): boolean {
  return [...registered, ...healthy].some((address) => /^i-[0-9a-f]+$/.test(address));
}

function foreignBindingOf(
  spec: SlotsSpec,
  destination: Destination,
  objects: SlotObjects,
): string | undefined {
  if (spec.binding === undefined) return undefined;
  const own = keyFor(spec, slotName(spec, destination));
  const other = objects.bindingsOfGroup
    .map((binding) => ({ binding, key: `${binding.metadata.namespace}/${binding.metadata.name}` }))
    // One under our own name that is not ours is reported as a foreign object.
    .find(({ binding, key }) => key !== own && !isOurs(spec, binding));
  return other?.key ?? boundToOtherSlot(spec, destination, objects);
}

/** Our own other slot on this slot's group: both would fill it. */
function boundToOtherSlot(
  spec: SlotsSpec,
  destination: Destination,
  objects: SlotObjects,
): string | undefined {
  const other = destinations.find((found) => found !== destination) ?? destination;
  const key = keyFor(spec, slotName(spec, other));
  return objects.bindingsOfGroup.some(({ metadata }) => `${metadata.namespace}/${metadata.name}` === key)
    ? key
    : undefined;
}
