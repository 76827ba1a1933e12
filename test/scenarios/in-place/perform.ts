import type { Action } from "../../../src/core/action.ts";
import type { RollSettings } from "../../../src/core/observed.ts";
import { deleteReplicaSet } from "../deployment-controller/cluster.ts";
import type { World } from "../world.ts";
import { laterSettings, ownSettings } from "./read.ts";
import { inSpec, type Rolled } from "./rolled.ts";

type InPlaceAction = Extract<
  Action,
  {
    kind:
      | "StoreRevision"
      | "CreateDeployment"
      | "ShapeDeployment"
      | "DeletePodSets"
      | "DisownFields"
      | "DeleteWorkload";
  }
>;

export const isInPlace = (action: Action): action is InPlaceAction =>
  [
    "StoreRevision",
    "CreateDeployment",
    "ShapeDeployment",
    "DeletePodSets",
    "DisownFields",
    "DeleteWorkload",
  ].includes(action.kind);

/** As src/workloads/in-place/workload.ts. Returns what it was told when it failed. */
export function performInPlace(world: World, rolled: Rolled, action: InPlaceAction): string | undefined {
  world.touch();
  const fault = world.apiFaults.shift();
  if (fault === "conflict") return "409: the object has been modified";
  if (fault === "refused") return "the API server answered 500";
  const told = carriedOut(world, rolled, action);
  return fault === "lost" ? "connection reset" : told;
}

function carriedOut(world: World, rolled: Rolled, action: InPlaceAction): string | undefined {
  switch (action.kind) {
    case "StoreRevision":
      return store(world, rolled, action.revision);
    case "CreateDeployment":
      return create(world, rolled, action);
    case "DeleteWorkload":
      rolled.delete(world.monotonic);
      return undefined;
    case "ShapeDeployment":
      return shape(world, rolled, action);
    case "DeletePodSets":
      return deleteEmpty(world, rolled, action.revision);
    case "DisownFields":
      rolled.held = false;
      return undefined;
  }
}

function create(
  world: World,
  rolled: Rolled,
  { revision, replicas, settings }: Extract<Action, { kind: "CreateDeployment" }>,
): string | undefined {
  if (rolled.taken || rolled.deployment) return "409: the Deployment exists already";
  if (!world.stored.has(revision)) return `revision ${revision} is not stored`;
  rolled.make(revision, replicas, settings);
  return undefined;
}

function store(world: World, rolled: Rolled, revision: string): string | undefined {
  if (rolled.owned) {
    world.stored.add(revision);
    return undefined;
  }
  const { deployment, kept } = rolled;
  if (!deployment) return "the Deployment is gone";
  const { template } = deployment.spec;
  if (!world.stored.has(revision) && template !== revision)
    return `the Deployment has template ${template} now, not ${revision}`;
  const own = ownSettings(rolled, world.rollout?.status?.stable?.revision);
  const later = laterSettings(rolled, own, rolled.later.get(revision))?.settings;
  kept.set(revision, own);
  if (later) rolled.later.set(revision, later);
  else rolled.later.delete(revision);
  world.stored.add(revision);
  return undefined;
}

type Shape = Extract<Action, { kind: "ShapeDeployment" }>;

function shape(world: World, rolled: Rolled, action: Shape): string | undefined {
  const refused = refusal(world, rolled, action);
  if (refused !== undefined) return refused;
  const { template, settings, replicas, paused, mark, release } = action;
  // A policy that does not know the operator takes it for anybody else.
  const write = typeof rolled.policies === "object" ? "write" : "shape";
  rolled[write]({
    paused,
    ...(template === undefined ? {} : { template }),
    ...(settings === undefined ? {} : inSpec(settings)),
    ...(replicas === undefined ? {} : { replicas }),
  });
  if (mark !== "released") rolled.written = undefined;
  else if (settings !== undefined) rolled.written = settings;
  if (settings !== undefined || template !== undefined) rolled.foreign = false;
  if (template !== undefined) rolled.anew = false;
  rolled.labels = {
    ...(mark === "none" ? {} : { adopted: "sentiment" }),
    ...(mark === "released" && release !== undefined ? { released: release } : {}),
  };
  return undefined;
}

/** The API server takes no rolling update that may neither surge nor take a pod away. */
const isNothing = ({ type, maxSurge, maxUnavailable }: RollSettings) =>
  type === "RollingUpdate" &&
  [maxSurge, maxUnavailable].every((count) => Number.parseInt(`${count}`, 10) === 0);

/** What the patch's own tests, and the store of revisions, have against it. */
function refusal(
  world: World,
  { uid, deployment }: Rolled,
  { template, ...action }: Shape,
): string | undefined {
  if (!deployment) return "404: the Deployment is gone";
  const { generation, spec } = deployment;
  if (action.uid !== uid) return "test failed: /metadata/uid";
  if ((action.generation ?? generation) !== generation) return "test failed: /metadata/generation";
  if (action.settings && isNothing(action.settings))
    return "Invalid value: 0: maxUnavailable may not be 0 when maxSurge is 0";
  const known = template === undefined || template === spec.template || world.stored.has(template);
  return known ? undefined : `revision ${template} is not stored`;
}

function deleteEmpty(world: World, rolled: Rolled, revision: string): undefined {
  for (const { name, template, replicas, status } of rolled.cluster.sets) {
    if (template === revision && replicas === 0 && status.replicas === 0)
      rolled.cluster = deleteReplicaSet(rolled.cluster, name, world.monotonic);
  }
}
