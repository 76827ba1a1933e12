import { labels } from "../../api/group.ts";
import type { RevisionContent } from "../../api/revision.ts";
import type { Destination, HealthRead, SlotRead, TemplateProof } from "../../core/observed.ts";
import type { KubeApi } from "../../runtime/kube-api.ts";
import { deleteBindings, deleteWorkload } from "./deletion.ts";
import { renderSlot, scaleSlot } from "./deployment.ts";
import { ensureEndpoints } from "./endpoints.ts";
import { destinations, isOurs, keyFor, type RolloutIdentity, slotName } from "./names.ts";
import type { PodObject } from "./objects.ts";
import { failed, type Outcome } from "./outcome.ts";
import type { SlotsContext } from "./owned-object.ts";
import { addressesOf, isAlive } from "./pods.ts";
import { proveTemplate } from "./proof.ts";
import { neededKinds, readSlots, type SlotObjects } from "./read.ts";
import { RecentAddresses } from "./recent-addresses.ts";
import { pruneRevisions, readRevisions, storeRevision } from "./revision-store.ts";
import type { StoredRevision } from "./revisions.ts";
import type { SlotsSpec } from "./slots-spec.ts";
import { indexes, type SlotStores, slotIndex } from "./stores.ts";
import { TakenNames } from "./taken-names.ts";

/**
 * The two Deployments of a rollout, with what belongs to them: one method per action of a plan, and the reads that
 * plans are made on. Every effect is absolute and safe to repeat; none throws for an answer of the API server.
 */
export interface SlotsWorkload {
  /** Both slots, from the caches. No request. `health`: absent without target groups or before their first read. */
  read(
    spec: SlotsSpec,
    health?: Readonly<Record<Destination, HealthRead>>,
  ): Readonly<Record<Destination, SlotRead>>;
  /**
   * Looks whether names that the slots need, and that have no object in the caches, are somebody else's; `read`
   * shows it. One GET per such name, and again only when the answer is older than `maxAgeMs`: `Infinity` asks once.
   */
  askNames(spec: SlotsSpec, maxAgeMs: number, signal?: AbortSignal): Promise<Outcome>;
  /** Revisions that are stored, the oldest first; also for rollouts without slots. */
  revisions(rollout: RolloutIdentity): readonly StoredRevision[];

  storeRevision(
    rollout: RolloutIdentity,
    content: RevisionContent,
    revision: string,
    signal?: AbortSignal,
  ): Promise<Outcome>;
  /** Proves the template of the spec as it stands. */
  proveTemplate(
    spec: SlotsSpec,
    destination: Destination,
    revision: string,
    signal?: AbortSignal,
  ): Promise<Outcome<{ readonly proof: TemplateProof }>>;
  ensureEndpoints(spec: SlotsSpec, destination: Destination, signal?: AbortSignal): Promise<Outcome>;
  /** From the stored revision, never from the spec. */
  renderSlot(
    spec: SlotsSpec,
    destination: Destination,
    revision: string,
    replicas: number,
    signal?: AbortSignal,
  ): Promise<Outcome>;
  scaleSlot(
    spec: SlotsSpec,
    destination: Destination,
    replicas: number,
    signal?: AbortSignal,
  ): Promise<Outcome>;
  /** Whether the TargetGroupBinding of a slot stands and is ours, from the cache. */
  isBound(rollout: RolloutIdentity, destination: Destination): boolean;
  /** Whether no TargetGroupBinding of the slots stands any more, from the cache. */
  bindingsGone(rollout: RolloutIdentity): boolean;
  /** `waiting` until they are gone. */
  deleteBindings(rollout: RolloutIdentity, signal?: AbortSignal): Promise<Outcome>;
  /** `waiting` while a binding stands. */
  deleteWorkload(rollout: RolloutIdentity, signal?: AbortSignal): Promise<Outcome>;
  pruneRevisions(rollout: RolloutIdentity, keep: readonly string[], signal?: AbortSignal): Promise<Outcome>;
  /** Frees what is remembered of a rollout that is gone. */
  forget(rollout: RolloutIdentity): void;
}

export interface SlotsWorkloadOptions {
  readonly api: KubeApi;
  readonly stores: SlotStores;
  readonly clock: { monotonic(): number };
}

export function createSlotsWorkload({ api, stores, clock }: SlotsWorkloadOptions): SlotsWorkload {
  const monotonic = () => clock.monotonic();
  const context: SlotsContext = { api, stores, taken: new TakenNames(api), monotonic };
  const addresses = new RecentAddresses();
  const isBound = (rollout: RolloutIdentity, destination: Destination): boolean => {
    const binding = stores.bindings.get(keyFor(rollout, slotName(rollout, destination)));
    return binding !== undefined && isOurs(rollout, binding);
  };
  return {
    read: (spec, health) => {
      const objects = (destination: Destination) => objectsOf(context, addresses, spec, destination);
      return readSlots(spec, { a: objects("a"), b: objects("b") }, health);
    },
    askNames: async (spec, maxAgeMs, signal) =>
      await context.taken.ask(spec, unknownNames(stores, spec), { now: monotonic(), maxAgeMs, signal }),
    revisions: (rollout) => readRevisions(context, rollout),
    storeRevision: async (rollout, content, revision, signal) =>
      await storeRevision(context, rollout, content, revision, signal),
    proveTemplate: async (spec, destination, revision, signal) =>
      await proveTemplate(context, spec, destination, { revision, content: spec.content }, signal),
    ensureEndpoints: async (spec, destination, signal) =>
      await ensureEndpoints(context, spec, destination, signal),
    renderSlot: async (spec, destination, revision, replicas, signal) => {
      const stored = readRevisions(context, spec).find((known) => known.revision === revision);
      if (stored === undefined || !("template" in stored.content)) {
        return failed("conflict", `revision ${revision} is not stored`);
      }
      const named = { revision, content: stored.content };
      return await renderSlot(context, spec, destination, named, replicas, signal);
    },
    scaleSlot: async (spec, destination, replicas, signal) =>
      await scaleSlot(context, spec, destination, replicas, signal),
    isBound,
    bindingsGone: (rollout) => !destinations.some((destination) => isBound(rollout, destination)),
    deleteBindings: async (rollout, signal) => await deleteBindings(context, rollout, signal),
    deleteWorkload: async (rollout, signal) => await deleteWorkload(context, rollout, signal),
    pruneRevisions: async (rollout, keep, signal) => await pruneRevisions(context, rollout, keep, signal),
    forget: (rollout) => {
      context.taken.forget(rollout);
      addresses.forget(rollout.uid);
    },
  };
}

function objectsOf(
  { stores, taken, monotonic }: SlotsContext,
  addresses: RecentAddresses,
  spec: SlotsSpec,
  destination: Destination,
): SlotObjects {
  const key = keyFor(spec, slotName(spec, destination));
  const deployment = stores.deployments.get(key);
  const service = stores.services.get(key);
  const binding = stores.bindings.get(key);
  const pods = podsOf(stores, spec, destination);
  const now = pods.filter(isAlive).flatMap(addressesOf);
  return {
    ...(deployment === undefined ? {} : { deployment }),
    ...(service === undefined ? {} : { service }),
    ...(binding === undefined ? {} : { binding }),
    taken: taken.of(spec, destination),
    pods,
    bindingsOfGroup: stores.bindings.byIndex(indexes.group, spec.groups?.[destination] ?? ""),
    recentAddresses: addresses.note(spec.uid, destination, now, monotonic()),
  };
}

function podsOf(stores: SlotStores, spec: SlotsSpec, destination: Destination): readonly PodObject[] {
  const slotLabels = { [labels.rollout]: spec.name, [labels.slot]: destination };
  return stores.pods.byIndex(indexes.slot, slotIndex(spec.namespace, slotLabels));
}

function unknownNames(stores: SlotStores, spec: SlotsSpec) {
  const caches = {
    Deployment: stores.deployments,
    Service: stores.services,
    TargetGroupBinding: stores.bindings,
    ControllerRevision: stores.revisions,
  };
  return destinations.flatMap((destination) =>
    neededKinds(spec)
      .filter((kind) => caches[kind].get(keyFor(spec, slotName(spec, destination))) === undefined)
      .map((kind) => ({ kind, destination })),
  );
}
