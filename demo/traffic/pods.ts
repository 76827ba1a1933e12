import type { ModelRollout } from "../../src/api/types.ts";
import { isServing, type Pod } from "../../test/target-binder/objects.ts";
import type { Role } from "../view/snapshot.ts";
import { hasFailed } from "./history.ts";
import type { Side } from "./traffic.ts";

/** The version that the pods of a template run, as the operator reads it where no label tells: the image's tag. */
export function versionOfPod({ spec }: Pick<Pod, "spec">): string {
  return spec.containers[0]?.image?.split(":").at(-1) ?? "";
}

/**
 * Both versions of one Deployment, with their shares of the Ready pods. A new version takes the row that is not
 * stable's, so that none jumps when it is promoted.
 */
export function versionSides(): (rollout: ModelRollout | undefined, pods: readonly Pod[]) => readonly Side[] {
  const rows: [string | undefined, string | undefined] = [undefined, undefined];
  const seat = (version: string | undefined, beside: string | undefined): void => {
    if (version === undefined || rows.includes(version)) return;
    rows[beside !== undefined && rows[0] === beside ? 1 : 0] = version;
  };
  return (rollout, pods) => {
    const present = pods.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
    const serving = present.filter(isServing).length;
    const { canary, retained } = rollout?.status ?? {};
    const stable = rollout?.status?.stable?.modelVersion ?? present.map(versionOfPod)[0];
    const other = canary?.modelVersion ?? retained?.modelVersion;
    seat(stable, other);
    seat(other, stable);
    return rows.map((version, index) => {
      const slot = String(index + 1);
      if (version === undefined) return { slot, share: 0, pods: { ready: 0, total: 0 } };
      const mine = present.filter((pod) => versionOfPod(pod) === version);
      const ready = mine.filter(isServing).length;
      const role = roleOf(rollout, version);
      return {
        slot,
        version,
        ...(role === undefined ? {} : { role }),
        share: serving === 0 ? 0 : (100 * ready) / serving,
        pods: { ready, total: mine.length },
      };
    });
  };
}

function roleOf(rollout: ModelRollout | undefined, version: string): Role | undefined {
  const { stable, canary, retained } = rollout?.status ?? {};
  if (stable?.modelVersion === version) return "stable";
  if (canary?.modelVersion === version) return "canary";
  if (retained?.modelVersion === version) return "previous";
  return hasFailed(rollout, version) ? "failed" : undefined;
}
