import { labels, notes } from "../../api/group.ts";
import type { PodTemplate } from "../../api/types.ts";
import type { Action } from "../../core/action.ts";
import type { RollSettings } from "../../core/observed.ts";
import type { KubeObject } from "../../runtime/kube-object.ts";
import { settingsNote } from "./later.ts";
import { takenBackNote } from "./taken-back.ts";

type ObjectMeta = KubeObject["metadata"];
type Shape = Extract<Action, { kind: "ShapeDeployment" }>;

/** One operation of a JSON patch. */
export interface PatchOperation {
  readonly op: "test" | "add" | "remove" | "replace";
  readonly path: string;
  readonly value?: unknown;
}

const pointer = (key: string) => key.replaceAll("~", "~0").replaceAll("/", "~1");

/**
 * The JSON patch of a shape: a merge patch would leave behind what a template no longer has. Refused as a whole when
 * another object has the name or, where the shape says so, when the spec has changed since it was seen.
 */
export function shapePatch(
  shape: Shape,
  rollout: string,
  found: Pick<ObjectMeta, "labels" | "annotations"> | undefined,
  template: PodTemplate | undefined,
): readonly PatchOperation[] {
  return [
    { op: "test", path: "/metadata/uid", value: shape.uid },
    ...(shape.generation === undefined
      ? []
      : [{ op: "test" as const, path: "/metadata/generation", value: shape.generation }]),
    ...(template === undefined ? [] : [{ op: "replace" as const, path: "/spec/template", value: template }]),
    ...(shape.settings === undefined ? [] : settingsPatch(shape.settings)),
    ...(shape.replicas === undefined
      ? []
      : [{ op: "add" as const, path: "/spec/replicas", value: shape.replicas }]),
    { op: "add", path: "/spec/paused", value: shape.paused },
    ...labelsPatch(shape, rollout, found?.labels),
    ...notesPatch(shape, found?.annotations),
  ];
}

/** `spec.strategy` of a Deployment. The API server takes limits of a rolling update with no other type. */
export function strategyOf({ type, maxSurge, maxUnavailable }: RollSettings): {
  readonly type: string;
  readonly rollingUpdate?: Pick<RollSettings, "maxSurge" | "maxUnavailable">;
} {
  return type === "RollingUpdate" ? { type, rollingUpdate: { maxSurge, maxUnavailable } } : { type };
}

function settingsPatch(settings: RollSettings): readonly PatchOperation[] {
  const { minReadySeconds, progressDeadlineSeconds } = settings;
  return [
    { op: "add", path: "/spec/strategy", value: strategyOf(settings) },
    { op: "add", path: "/spec/minReadySeconds", value: minReadySeconds },
    { op: "add", path: "/spec/progressDeadlineSeconds", value: progressDeadlineSeconds },
  ];
}

/** With the settings of a release goes the note of them, with its way back that of the reason; without a release none. */
function notesPatch(
  { mark, settings, back }: Shape,
  found: Readonly<Record<string, string>> | undefined,
): readonly PatchOperation[] {
  const released = mark === "released";
  const standing = released && settings === undefined ? found?.[notes.settings] : undefined;
  const wanted: Readonly<Record<string, string | undefined>> = {
    [notes.settings]: released && settings !== undefined ? settingsNote(settings) : standing,
    [notes.takenBack]: released && back !== undefined ? takenBackNote(back) : undefined,
  };
  return changed("/metadata/annotations", wanted, found);
}

/** What it takes to give a map these values; undefined: the key goes. */
function changed(
  map: string,
  wanted: Readonly<Record<string, string | undefined>>,
  found: Readonly<Record<string, string>> | undefined,
): readonly PatchOperation[] {
  const patch: PatchOperation[] = [];
  for (const [key, value] of Object.entries(wanted)) {
    const path = `${map}/${pointer(key)}`;
    if (value !== undefined && found?.[key] !== value) patch.push({ op: "add", path, value });
    if (value === undefined && found?.[key] !== undefined) patch.push({ op: "remove", path });
  }
  const none: PatchOperation = { op: "add", path: map, value: {} };
  return found === undefined && patch.length > 0 ? [none, ...patch] : patch;
}

/**
 * The label of a release is written even where it stands: a patch that hung, and arrives when the release is over, then
 * says itself whose settings it brings, and they are given back.
 */
function labelsPatch(
  { mark, release }: Shape,
  rollout: string,
  found: Readonly<Record<string, string>> | undefined,
): readonly PatchOperation[] {
  const wanted: Readonly<Record<string, string | undefined>> = {
    [labels.adopted]: mark === "none" ? undefined : rollout,
    [labels.released]: mark === "released" ? release : undefined,
  };
  const { [labels.released]: _anew, ...known } = found ?? {};
  return changed("/metadata/labels", wanted, mark === "released" && found ? known : found);
}
