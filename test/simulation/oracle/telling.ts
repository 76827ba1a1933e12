import type { ModelRolloutStatus } from "../../../src/api/types.ts";
import type { AwsWrite } from "../aws/port.ts";
import { placeOf } from "../kube/place.ts";
import type { KubeWrite } from "../kube/port.ts";
import type { World } from "../world.ts";

/** Leases and Events are no effects on a release. */
export function isQuiet(path: string): boolean {
  const { resource } = placeOf(path);
  const quiet = [
    "leases.coordination.k8s.io",
    "events.events.k8s.io",
    "selfsubjectreviews.authentication.k8s.io",
  ];
  return quiet.includes(resource);
}

/** `90:10` for a and b, as a write asks for it. */
export function sharesOf({ input }: AwsWrite, { edge }: World): string {
  const { a, b } = edge.asked(input);
  return `${a}:${b}`;
}

/** What a write to Kubernetes says, in a few words. */
export function summary({ path, body }: KubeWrite): string {
  const { spec, status } = (body ?? {}) as {
    spec?: { replicas?: number };
    status?: ModelRolloutStatus;
  };
  if (path.endsWith("/status") && status) return ` ${statusLine(status)}`;
  return spec?.replicas === undefined ? "" : ` replicas ${spec.replicas}`;
}

function statusLine({ state, weight, intent, release = "-", step, conditions }: ModelRolloutStatus): string {
  const ready = conditions?.find(({ type }) => type === "Ready");
  const wish = intent ? ` intent ${intent.action} ${intent.weight ?? intent.replicas ?? ""}` : "";
  const at = step ? step.index + 1 : "-";
  return `${state} ${ready?.reason} ${release} step ${at} weight ${weight?.desired}/${weight?.acknowledged}${wish}`;
}
