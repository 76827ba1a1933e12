import type { ResolvedSpec } from "../../api/resolved.ts";
import { isFields, type JsonFields, type Path } from "../schema/structural-schema.ts";
import type { Advice } from "./advice.ts";

const containersPath: Path = ["spec", "template", "spec", "containers"];

/** Advice on a pod template; nobody has checked more of it than that its containers have names. */
export function templateAdvice({ workload }: ResolvedSpec): readonly Advice[] {
  if (workload.kind !== "slots" && workload.kind !== "owned") return [];
  const containers = workload.template.spec.containers.filter((each) => isFields(each));
  return [...unready(containers), ...containers.flatMap(movingTag)];
}

/** Without it Kubernetes calls a pod Ready as soon as its process runs, with the model not loaded yet. */
function unready(containers: readonly JsonFields[]): readonly Advice[] {
  if (containers.some(({ readinessProbe }) => isFields(readinessProbe))) return [];
  const message = "no container has a readinessProbe: pods count as Ready before the model is loaded";
  return [{ path: containersPath, message }];
}

/** A new image under the same name is no new revision, so nothing guards it. */
function movingTag({ image }: JsonFields, index: number): readonly Advice[] {
  if (typeof image !== "string" || image.includes("@")) return [];
  const tag = /:([^/:]+)$/.exec(image)?.[1];
  if (tag !== undefined && tag !== "latest") return [];
  const message = `${image} can change without a new revision: pods that start later run it unwatched; name a version or a digest`;
  return [{ path: [...containersPath, index, "image"], message }];
}
