import { apiVersion, kind } from "../../api/group.ts";
import { hashVersion, revisionName, specContent } from "../../api/revision.ts";
import type { ModelRollout, ModelRolloutSpec, RoleStatus } from "../../api/types.ts";
import { percentFor } from "../../core/in-place/pace.ts";
import { braked } from "../../core/in-place/posture.ts";
import type { Destination, RollSettings, WantedRevision } from "../../core/observed.ts";
import { other } from "../../core/weights.ts";
import { Rolled, usualSettings } from "./rolled.ts";
import { simulate } from "./simulate.ts";
import { revisionElsewhere } from "./timeline.ts";
import { acknowledgedShares, alarmsOf, someRegion, targetsOf } from "./traffic.ts";
import { World, type WorldOptions } from "./world.ts";

/** Where every play without a cluster begins; only what lies between two instants is shown. */
const epoch = Date.UTC(2026, 0, 5, 10);
/** Stands for whatever ran before. */
export const versionBefore = "before";

export interface SceneOptions {
  readonly podStartMs: number;
  /** The Deployment that a ModelRollout adopts. */
  readonly deployment?: AdoptedDeployment;
}

/** What of an adopted Deployment matters for how it is rolled. */
export interface AdoptedDeployment {
  readonly replicas: number;
  readonly own: RollSettings;
}

/** Nobody knows the Deployment's size without a cluster. */
export const usualDeployment: AdoptedDeployment = { replicas: 10, own: usualSettings };

/** The revision of a file that nobody has stored yet. */
export function wantedOf(spec: ModelRolloutSpec): WantedRevision {
  const content = specContent(spec);
  const version = spec.model?.version;
  const { destination } = spec;
  return {
    revision: content === undefined ? revisionElsewhere : revisionName(content),
    hashVersion,
    ...(version === undefined ? {} : { modelVersion: version }),
    ...(destination === "a" || destination === "b" ? { destination } : {}),
  };
}

/** Everything well: another version of the same ModelRollout runs, is settled, and now the file is applied. */
export function settledScene(rollout: ModelRollout, wanted: WantedRevision, options: SceneOptions): World {
  const from: Destination = wanted.destination === undefined ? "a" : other(wanted.destination);
  const before: WantedRevision = {
    revision: versionBefore,
    hashVersion,
    ...(wanted.destination === undefined ? {} : { destination: from }),
  };
  const quiet = { ...rollout, spec: { ...rollout.spec, paused: false } };
  const world = new World({
    ...base(quiet, options),
    now: epoch,
    wanted: before,
    targets: targetsOf(rollout.spec, shares(rollout.spec, from)),
  });
  const { rolled } = world.options;
  rolled?.occupy(versionBefore, rolled.replicas, rolled.replicas, epoch);
  simulate(world);
  world.apply(rollout, wanted);
  return world;
}

/** Nothing runs, and no target has ever been registered: the file is applied for the first time. */
export function emptyScene(rollout: ModelRollout, wanted: WantedRevision, options: SceneOptions): World {
  return new World({
    ...base(rollout, options, "not made"),
    now: epoch,
    wanted,
    targets: targetsOf(rollout.spec, shares(rollout.spec, "a")),
  });
}

/** As the status of the live object has it; the file is applied. */
export function liveScene(
  rollout: ModelRollout,
  wanted: WantedRevision,
  now: number,
  options: SceneOptions,
): World {
  const status = rollout.status ?? {};
  const world = new World({
    ...base(rollout, options),
    now,
    wanted,
    targets: targetsOf(rollout.spec, acknowledgedShares(status)),
  });
  if (world.options.rolled !== undefined) {
    rollOn(world, world.options.rolled);
    return world;
  }
  const { stable, canary, retained } = status;
  const full = rollout.spec.replicas ?? 0;
  for (const role of [stable, canary])
    if (role !== undefined) occupy(world, role, role.replicas, role.readyReplicas);
  if (retained !== undefined) occupy(world, retained, full, full);
  return world;
}

/** A release in place, from where it stands: as many pods of each version as its status says. */
function rollOn(world: World, rolled: Rolled): void {
  const { stable, canary, weight } = world.rollout.status ?? {};
  const released = (weight?.acknowledged ?? 0) > 0 ? canary : undefined;
  for (const role of [stable, canary]) {
    if (role === undefined) continue;
    rolled.occupy(role.revision, role.replicas, role.readyReplicas, world.now);
    world.stored.add(role.revision);
  }
  const pace = braked(`${percentFor(canary?.replicas ?? 0, rolled.replicas)}%`, 0);
  const runs = released ?? stable;
  rolled.standing({
    // What a person has in the file stands in an adopted Deployment; into ours it comes with the first step.
    template: rolled.owned && runs ? runs.revision : world.wanted.revision,
    mark: released ? "released" : "adopted",
    settings: released ? pace : rolled.own,
  });
}

function base(
  rollout: ModelRollout,
  { podStartMs, deployment = usualDeployment }: SceneOptions,
  standing: "there" | "not made" = "there",
): Omit<WorldOptions, "now" | "wanted" | "targets"> {
  const { spec, status, metadata } = rollout;
  const inPlace = spec.traffic.rollingUpdate !== undefined;
  const { replicas, own } =
    spec.template === undefined ? deployment : { replicas: spec.replicas ?? 0, own: usualSettings };
  const id = `${metadata.namespace ?? "default"}/${spec.workloadRef?.name ?? metadata.name}`;
  const template = status?.stable?.revision ?? versionBefore;
  return {
    rollout: placed(rollout),
    podStartMs,
    ...(inPlace
      ? {
          rolled: new Rolled(
            { id, replicas, own, podStartMs, owned: spec.template !== undefined },
            standing === "there" ? template : undefined,
          ),
        }
      : {}),
    hasSlots: spec.template !== undefined && !inPlace,
    blind: spec.traffic.appMesh !== undefined,
    defaultRegion: someRegion,
    alarms: alarmsOf(spec, status),
  };
}

/** What the API server would add. */
function placed(rollout: ModelRollout): ModelRollout {
  const { metadata } = rollout;
  return {
    ...rollout,
    apiVersion,
    kind,
    metadata: {
      ...metadata,
      namespace: metadata.namespace ?? "default",
      uid: metadata.uid ?? "00000000-0000-0000-0000-000000000000",
      resourceVersion: metadata.resourceVersion ?? "1",
      generation: metadata.generation ?? 1,
      creationTimestamp: metadata.creationTimestamp ?? new Date(epoch).toISOString(),
    },
  };
}

/** A route without any weight is one that nobody uses; a rule always sends its traffic somewhere. */
function shares(
  spec: ModelRolloutSpec,
  from: Destination,
): Readonly<Record<Destination, number>> | undefined {
  if (spec.traffic.appMesh !== undefined && spec.template !== undefined) return undefined;
  return { a: from === "a" ? 100 : 0, b: from === "b" ? 100 : 0 };
}

type Occupant = Pick<RoleStatus, "revision" | "slot" | "unmanaged">;

function occupy(
  world: World,
  { revision, slot, unmanaged }: Occupant,
  replicas: number,
  ready: number,
): void {
  if (slot === undefined || !world.options.hasSlots) return;
  world.change(slot, { endpoints: true, ...(unmanaged === true ? {} : { revision }) });
  world.stored.add(revision);
  // Somebody's own service: its pods are not ours to count, but it serves.
  world.scale(slot, unmanaged === true ? 1 : replicas, unmanaged === true ? 1 : ready);
}
