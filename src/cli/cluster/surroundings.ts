import { labels } from "../../api/group.ts";
import type { KubeApi } from "../../runtime/kube-api.ts";
import { isReason, KubeError } from "../../runtime/kube-error.ts";
import type { KubeObject } from "../../runtime/kube-object.ts";
import { type InPlaceDeployment, markOf, settingsOf } from "../../workloads/in-place/objects.ts";
import { destinations, isOurs, pathOf, type RolloutIdentity, slotName } from "../../workloads/slots/names.ts";
import type { ControllerRevisionObject } from "../../workloads/slots/objects.ts";
import { readableRefusal } from "../../workloads/slots/proof.ts";
import { renderDeployment } from "../../workloads/slots/render.ts";
import { type StoredRevision, storedRevisionsOf } from "../../workloads/slots/revisions.ts";
import { slotsSpecOf } from "../../workloads/slots/slots-spec.ts";
import { usualSettings } from "../plan/rolled.ts";
import type { AdoptedDeployment } from "../plan/scene.ts";
import type { RolloutObject, Trial } from "./cluster.ts";

const identityOf = ({ metadata: { namespace, name, uid } }: RolloutObject): RolloutIdentity => ({
  namespace,
  name,
  uid,
});

/** Refusals that speak of the object; any other failure is thrown. */
export async function trialOf<T>(call: Promise<T>): Promise<Trial<T>> {
  try {
    return { ok: true, object: await call };
  } catch (error) {
    if (!(error instanceof KubeError)) throw error;
    const policy = error.reason === "Forbidden" && /admission|denied|exceeded quota/i.test(error.message);
    if (!policy && !["Invalid", "BadRequest"].includes(error.reason)) throw error;
    return { ok: false, messages: readableRefusal(error).split("; ") };
  }
}

/** A strict dry-run of the Deployment that the slots would have, under a name that nobody has. */
export async function tryPods(api: KubeApi, rollout: RolloutObject): Promise<Trial<KubeObject>> {
  const spec = slotsSpecOf(rollout);
  if (spec === undefined) return { ok: true, object: rollout };
  const name = `${spec.name.slice(0, 40)}-plan-${Date.now().toString(36)}`;
  const rendered = renderDeployment(spec, "a", { revision: "0000000000", content: spec.content }, 1, name);
  if (!rendered.ok) return { ok: false, messages: [rendered.message] };
  const path = pathOf("Deployment", rollout.metadata.namespace);
  return await trialOf(api.create(path, rendered.deployment, { dryRun: true, fieldValidation: "Strict" }));
}

export async function keptRevisions(
  api: KubeApi,
  rollout: RolloutObject,
): Promise<readonly StoredRevision[]> {
  const identity = identityOf(rollout);
  const labelSelector = `${labels.rollout}=${identity.name}`;
  const path = pathOf("ControllerRevision", identity.namespace);
  const { items } = await api.list<ControllerRevisionObject>(path, { labelSelector, limit: 500 });
  return storedRevisionsOf(identity, items);
}

/** Deployments and Services with the slots' names that are not this rollout's. */
export async function takenNames(api: KubeApi, rollout: RolloutObject): Promise<readonly string[]> {
  const identity = identityOf(rollout);
  const wanted = destinations.flatMap((destination) =>
    (["Deployment", "Service"] as const).map((kind) => ({ kind, name: slotName(identity, destination) })),
  );
  const found = await Promise.all(
    wanted.map(async ({ kind, name }) => {
      const object = await getOrNothing(api, pathOf(kind, identity.namespace, name));
      return object === undefined || isOurs(identity, object) ? [] : [`${kind} ${name}`];
    }),
  );
  return found.flat();
}

/** Size and strategy of the Deployment that is rolled in place. In mid-release the strategy is the operator's. */
export async function adoptedDeployment(
  api: KubeApi,
  rollout: RolloutObject,
): Promise<AdoptedDeployment | undefined> {
  const name = rollout.spec.workloadRef?.name;
  if (name === undefined) return undefined;
  const found = await getOrNothing(api, pathOf("Deployment", rollout.metadata.namespace, name));
  if (found === undefined) return undefined;
  const deployment = found as InPlaceDeployment;
  const released = markOf(deployment) === "released";
  return { replicas: deployment.spec.replicas ?? 1, own: released ? usualSettings : settingsOf(deployment) };
}

async function getOrNothing(api: KubeApi, path: string): Promise<KubeObject | undefined> {
  try {
    return await api.get(path);
  } catch (error) {
    if (isReason(error, "NotFound")) return undefined;
    throw error;
  }
}
