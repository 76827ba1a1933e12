import { finalizer } from "../../../src/api/group.ts";
import { NAME, NAMESPACE, type World } from "../world.ts";

/** The release is over, one way or the other: nothing is under way any more. */
export function atRest(world: World): boolean {
  const { rollout } = world;
  if (!rollout) return true;
  const { status, metadata } = rollout;
  if (!status || metadata.deletionTimestamp !== undefined) return false;
  const over = status.state === "Idle" || status.state === "RolledBack";
  const idle = status.canary === undefined && status.rollback === undefined && status.draining === undefined;
  const settled =
    status.retained === undefined && status.intent === undefined && status.beginning === undefined;
  return (
    over &&
    idle &&
    settled &&
    status.stable !== undefined &&
    status.observedGeneration === metadata.generation
  );
}

/** What must not be found at rest, in words. */
export function leftovers(world: World): readonly string[] {
  const { rollout } = world;
  if (!rollout) return ofDeleted(world);
  const { replicas = 1 } = rollout.spec;
  const { slot = "a", unmanaged = false } = rollout.status?.stable ?? {};
  const idle = slot === "a" ? "b" : "a";
  const size = world.deployment(slot)?.spec.replicas;
  const left = world.deployment(idle)?.spec.replicas ?? 0;
  const findings: readonly (readonly [boolean, string])[] = [
    [world.shareOf(slot) !== 100, `stable in ${slot} has ${world.shareOf(slot)} % of the traffic`],
    [!unmanaged && size !== replicas, `stable's Deployment has ${size} replicas, not ${replicas}`],
    [left !== 0, `the idle Deployment ${idle} has ${left} replicas`],
    [!unmanaged && world.serving(slot) < replicas, `${world.serving(slot)} of ${replicas} pods serve`],
  ];
  return findings.filter(([isWrong]) => isWrong).map(([, what]) => what);
}

function ofDeleted({ server }: World): readonly string[] {
  const resources = [
    "deployments.apps",
    "services",
    "targetgroupbindings.elbv2.k8s.aws",
    "controllerrevisions.apps",
  ] as const;
  return resources.flatMap((resource) =>
    server.etcd
      .list(resource)
      .filter(({ metadata }) => metadata.namespace === NAMESPACE && metadata.name?.startsWith(NAME) === true)
      .map(({ metadata }) => `${resource} ${metadata.name} is left after the deletion (${finalizer})`),
  );
}
