import { finalizer } from "../../../src/api/group.ts";
import { NAME, NAMESPACE } from "../names.ts";
import { isInPlace } from "../setup.ts";
import type { RolloutObject, World } from "../world.ts";
import { traces } from "./traces.ts";

/** The release is over, one way or the other: nothing is under way any more. */
export function atRest(world: World): boolean {
  const { rollout } = world;
  if (!rollout) return true;
  const { status, metadata } = rollout;
  if (!status || metadata.deletionTimestamp !== undefined) return false;
  const over = status.state === "Idle" || status.state === "RolledBack";
  const underWay = [
    "canary",
    "rollback",
    "draining",
    "retained",
    "intent",
    "beginning",
    "stickiness",
  ] as const;
  return (
    over &&
    underWay.every((field) => status[field] === undefined) &&
    status.stable !== undefined &&
    (status.next ?? status.failedRevision) === status.failedRevision &&
    status.observedGeneration === metadata.generation
  );
}

/** What must not be found at rest, in words. */
export function leftovers(world: World): readonly string[] {
  const { rollout, setup } = world;
  if (isInPlace(setup)) return [...traces(world), ...(rollout ? [] : ofDeleted(world))];
  return rollout ? ofSlots(world, rollout) : ofDeleted(world);
}

function ofSlots(world: World, rollout: RolloutObject): readonly string[] {
  const { replicas = 1 } = rollout.spec;
  const { slot = "a", unmanaged = false } = rollout.status?.stable ?? {};
  const idle = slot === "a" ? "b" : "a";
  const size = world.deployment(slot)?.spec.replicas;
  const left = world.deployment(idle)?.spec.replicas ?? 0;
  const astray = world.shares().filter((share) => share[slot] !== 100);
  const strayed: readonly (readonly [boolean, string])[] = [
    [astray.length > 0, `stable in ${slot} has ${astray[0]?.[slot]} % of the traffic`],
    [!isSticky(world), `stickiness is not as it was: ${stickiness(world)}`],
  ];
  const findings: readonly (readonly [boolean, string])[] =
    world.setup.way === "outside"
      ? strayed
      : [
          ...strayed,
          [!unmanaged && size !== replicas, `stable's Deployment has ${size} replicas, not ${replicas}`],
          [left !== 0, `the idle Deployment ${idle} has ${left} replicas`],
          [!unmanaged && world.serving(slot) < replicas, `${world.serving(slot)} of ${replicas} pods serve`],
        ];
  return findings.filter(([isWrong]) => isWrong).map(([, what]) => what);
}

const stickiness = ({ edge }: World) => edge.targets.map((target) => target.sticky() ?? "off").join(" ");

/** A rollback that could not be stored is written all the same; what it turned off nobody remembers then. */
function isSticky({ edge, setup, unstoredRollbacks }: World): boolean {
  if (unstoredRollbacks > 0) return true;
  return edge.targets.every((target) => target.sticky() === setup.sticky);
}

function ofDeleted(world: World): readonly string[] {
  const { server, setup } = world;
  const resources = [
    ...(setup.way === "adopted" ? [] : ["deployments.apps"]),
    "services",
    "targetgroupbindings.elbv2.k8s.aws",
    "controllerrevisions.apps",
  ];
  // Of what is not ours to delete, stickiness stays off while cookies lead to the version that was taken back.
  const sticky: readonly string[] =
    isSticky(world) || setup.way === "outside" ? [] : [`stickiness is not as it was: ${stickiness(world)}`];
  return sticky.concat(
    resources.flatMap((resource) =>
      server.etcd
        .list(resource)
        .filter(
          ({ metadata }) => metadata.namespace === NAMESPACE && metadata.name?.startsWith(NAME) === true,
        )
        .map(({ metadata }) => `${resource} ${metadata.name} is left after the deletion (${finalizer})`),
    ),
  );
}
