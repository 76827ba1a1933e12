import { isDeepStrictEqual } from "node:util";
import { labels } from "../../../src/api/group.ts";
import { type InPlaceDeployment, settingsOf } from "../../../src/workloads/in-place/objects.ts";
import { isReady } from "../../../src/workloads/slots/pods.ts";
import { hashOf, hashOfSet } from "../cluster/rolled-objects.ts";
import type { OwnSettings } from "../hands.ts";
import { fieldManager } from "../kube/writer.ts";
import type { World } from "../world.ts";
import { revisionOfTemplate } from "./revisions.ts";

/** I9: what of ours is found at a Deployment at rest, or after the deletion; and pods that are not where they belong. */
export function traces(world: World): readonly string[] {
  const { deployment } = world.hands;
  const { rollout, setup } = world;
  if (!deployment) return rollout || setup.way === "adopted" ? ["there is no Deployment"] : [];
  const found = rollout ? ofResting(world, deployment) : ofLeft(world, deployment);
  const ours =
    setup.way === "adopted" &&
    (deployment.metadata.managedFields ?? []).some(
      (entry) => (entry as { manager?: string }).manager === fieldManager,
    );
  return [
    ...found,
    ...(ours ? ["I9: the operator has an entry in managedFields"] : []),
    ...(setup.way === "adopted" ? otherFields(world, deployment) : []),
  ];
}

function ofResting(world: World, deployment: InPlaceDeployment): readonly string[] {
  const { status } = world.rollout ?? {};
  const stable = status?.stable?.revision;
  const revision = revisionOfTemplate(world, hashOf(deployment.spec.template));
  const failed = revision === status?.failedRevision;
  const { paused = false } = deployment.spec;
  const wanted = !world.setup.policies || revision !== stable;
  return [
    ...(revision === stable || failed ? [] : [`I9: at rest with template ${revision}`]),
    ...(paused === wanted ? [] : [`I9: at rest and paused is ${paused}`]),
    ...(deployment.metadata.labels?.[labels.released] === undefined
      ? []
      : ["I9: the label of a release is left"]),
    ...podsOf(world, deployment, stable),
  ];
}

function podsOf(world: World, deployment: InPlaceDeployment, stable: string | undefined): readonly string[] {
  const { replicas = 1 } = deployment.spec;
  return world.setsOf(deployment).flatMap((set) => {
    const revision = revisionOfTemplate(world, hashOfSet(set));
    const ready = world.kubelet.podsOf(set).filter(isReady).length;
    const wanted = revision === stable ? replicas : 0;
    return ready === wanted ? [] : [`${ready} pods of ${revision} are Ready, not ${wanted}`];
  });
}

/** Nothing of ours stays when the rollout is gone. */
function ofLeft({ setup, hands }: World, { metadata, spec }: InPlaceDeployment): readonly string[] {
  if (setup.way === "owned") return [];
  const marks = Object.keys(metadata.labels ?? {}).filter((key) => key.startsWith("modelrollout.dev/"));
  return [
    ...marks.map((mark) => `I9: the label ${mark} is left`),
    ...(spec.paused === true && !hands.isKeptPaused ? ["I9: left paused"] : []),
  ];
}

/** Everything but template, size and pause is as the user has written it. */
function otherFields({ hands }: World, deployment: InPlaceDeployment): readonly string[] {
  const settled = settingsOf(deployment);
  const known = hands.own.map((own) => settingsOf(asUserWrote(deployment, own)));
  // Of what somebody writes over ours in mid-release, a field that says the same as ours is not known for theirs.
  const same = Object.entries(settled).every(([key, value]) =>
    known.some((own) => own[key as keyof typeof own] === value),
  );
  const { template: _t, replicas: _r, paused: _p, strategy: _s, ...rest } = deployment.spec;
  const { minReadySeconds: _m, progressDeadlineSeconds: _d, ...kept } = rest;
  const plain = { revisionHistoryLimit: 10, selector: { matchLabels: { app: "sentiment" } } };
  return [
    ...(same ? [] : [`I9: the settings are not the user's: ${JSON.stringify(settled)}`]),
    ...(isDeepStrictEqual(kept, plain) ? [] : [`I9: other fields have changed: ${JSON.stringify(kept)}`]),
  ];
}

function asUserWrote(deployment: InPlaceDeployment, own: OwnSettings): InPlaceDeployment {
  const { strategy: _s, minReadySeconds: _m, progressDeadlineSeconds: _d, ...spec } = deployment.spec;
  return { ...deployment, spec: { ...spec, ...own } };
}
