import { isDeepStrictEqual } from "node:util";
import { labels } from "../../../src/api/group.ts";
import type { InPlaceDeployment } from "../../../src/workloads/in-place/objects.ts";
import type { Stored } from "./server.ts";
import { OPERATOR_USER, type Writer } from "./writer.ts";

type Spec = InPlaceDeployment["spec"];

const strategyDefault = { type: "RollingUpdate", rollingUpdate: { maxSurge: "25%", maxUnavailable: "25%" } };

/** As the API server stores a Deployment: with its defaults, and without what says nothing (`0` and `false`). */
export function withDeploymentDefaults(object: Stored): Stored {
  const { paused, minReadySeconds, ...spec } = object.spec as Spec;
  const filled = {
    replicas: 1,
    revisionHistoryLimit: 10,
    progressDeadlineSeconds: 600,
    ...spec,
    strategy: spec.strategy?.type === "Recreate" ? spec.strategy : (spec.strategy ?? strategyDefault),
    ...(paused === true ? { paused } : {}),
    ...(minReadySeconds === undefined || minReadySeconds === 0 ? {} : { minReadySeconds }),
  };
  return { ...object, spec: filled };
}

/** What the two admission policies (deploy/components/admission-policies) make of an update. */
export function admitted(before: Stored, after: Stored, { user }: Writer): Stored {
  if (user === OPERATOR_USER) return after;
  return braked(before, started(before, after));
}

const carries = (label: string, ...objects: readonly Stored[]): boolean =>
  objects.some(({ metadata }) => metadata.labels?.[label] !== undefined);

/** `modelrollout-start`: a foreign template waits, and nobody else resumes. */
function started(before: Stored, after: Stored): Stored {
  const [was, is] = [before.spec as Spec, after.spec as Spec];
  const resumed = was.paused === true && is.paused !== true;
  if (!carries(labels.adopted, before, after)) return after;
  if (!resumed && isDeepStrictEqual(was.template, is.template)) return after;
  return { ...after, spec: { ...is, paused: true } };
}

/** `modelrollout-brake`: in a release the settings of a roll stay. */
function braked(before: Stored, after: Stored): Stored {
  if (!carries(labels.released, before, after)) return after;
  const { strategy, minReadySeconds, progressDeadlineSeconds } = before.spec as Spec;
  const { minReadySeconds: _asked, ...spec } = after.spec as Spec;
  const kept = { strategy, progressDeadlineSeconds, ...(minReadySeconds ? { minReadySeconds } : {}) };
  return { ...after, spec: { ...spec, ...kept } };
}

/**
 * managedFields as far as the operator cares: who has an entry. A write that says nothing of them adds the writer's;
 * one that replaces them stands as it is, and `[{}]` takes all away.
 */
export function managed(before: Stored, after: Stored, { manager }: Writer): readonly unknown[] | undefined {
  const [was, is] = [before.metadata.managedFields ?? [], after.metadata.managedFields ?? []];
  if (is.length > 0 && !isDeepStrictEqual(was, is)) return isDeepStrictEqual(is, [{}]) ? undefined : is;
  const same =
    isDeepStrictEqual(before.spec, after.spec) &&
    isDeepStrictEqual(before.metadata.labels, after.metadata.labels) &&
    isDeepStrictEqual(before.metadata.annotations, after.metadata.annotations);
  if (same) return before.metadata.managedFields;
  const others = was.filter((entry) => (entry as { manager?: string }).manager !== manager);
  return [...others, { manager, operation: "Update" }];
}
