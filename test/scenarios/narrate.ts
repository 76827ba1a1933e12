import type { ModelRolloutStatus } from "../../src/api/types.ts";
import type { Action } from "../../src/core/action.ts";
import type { RollSettings } from "../../src/core/observed.ts";
import { instant } from "../../src/core/time.ts";
import type { Turn } from "./operator.ts";

/** `10:00:10`, with tenths only where they matter. */
export function timeOfDay(ms: number): string {
  const text = instant(ms);
  return text.endsWith(".000Z") ? text.slice(11, 19) : text.slice(11, 23);
}

/** One action in a few words. */
export function actionText(action: Action): string {
  switch (action.kind) {
    case "SetWeights": {
      const { weights, purpose, stickiness, only } = action;
      const sticky =
        stickiness === "keep" ? "" : `, stickiness ${stickiness === "off" ? "off" : `${stickiness} s`}`;
      return `SetWeights a ${weights.a} b ${weights.b} (${purpose}${sticky}${only ? `, only ${only.join(" ")}` : ""})`;
    }
    case "RenderSlot":
      return `RenderSlot ${action.destination} ${action.revision} x${action.replicas}`;
    case "ScaleSlot":
      return `ScaleSlot ${action.destination} x${action.replicas}`;
    case "EnsureEndpoints":
      return `EnsureEndpoints ${action.destination}`;
    case "ProveTemplate":
    case "StoreRevision":
      return `${action.kind} ${action.revision}`;
    case "PruneRevisions":
      return `PruneRevisions keep ${action.keep.join(" ") || "none"}`;
    case "DeletePodSets":
      return `DeletePodSets ${action.revision}`;
    default:
      return inPlaceText(action);
  }
}

function inPlaceText(action: Action): string {
  if (action.kind === "ShapeDeployment") return shapeText(action);
  if (action.kind !== "CreateDeployment") return action.kind;
  return `CreateDeployment ${action.revision} x${action.replicas}, ${settingsText(action.settings)}`;
}

const BRAKED_READY_SECONDS = 2_147_483_646;

/** `template v2, brake 20% + 1, label released`: what is written, and nothing else. */
function shapeText({
  template,
  settings,
  replicas,
  paused,
  mark,
  raise,
}: Extract<Action, { kind: "ShapeDeployment" }>) {
  const parts = [
    ...(template === undefined ? [] : [`template ${template}`]),
    ...(settings ? [settingsText(settings)] : []),
    ...(replicas === undefined ? [] : [`x${replicas}`]),
    ...(paused ? ["paused"] : []),
    mark === "none" ? "no label" : mark,
  ];
  return `ShapeDeployment ${parts.join(", ")}${raise ? " (raise)" : ""}`;
}

/** `brake 20% + 1`, or the settings in full: `maxUnavailable 50% maxSurge 1 ready 0s deadline 600s`. */
export function settingsText(settings: RollSettings): string {
  const { type, maxUnavailable, maxSurge, minReadySeconds, progressDeadlineSeconds } = settings;
  if (minReadySeconds === BRAKED_READY_SECONDS) return `brake ${maxUnavailable} + ${maxSurge}`;
  const kind = type === "RollingUpdate" ? "" : `${type} `;
  return `${kind}maxUnavailable ${maxUnavailable} maxSurge ${maxSurge} ready ${minReadySeconds}s deadline ${progressDeadlineSeconds}s`;
}

/** What people see at a glance; printed when it changes. */
export function headline(status: ModelRolloutStatus): string {
  const { step, stable, canary, retained } = status;
  const ready = status.conditions?.find(({ type }) => type === "Ready");
  const roles = Object.entries({ stable, canary, retained }).flatMap(([name, role]) =>
    role ? [`${name} ${role.revision}${role.slot === undefined ? "" : `@${role.slot}`}`] : [],
  );
  const steps = step ? ` ${status.stepText}` : "";
  return `${status.state}${steps} ${share(status.weight)} [${roles.join(", ")}] ${ready?.reason}: ${ready?.message}`;
}

/** `10%`, `0%->10%` on its way, `10% (seen 37%)` when the router has another one. */
function share(weight: ModelRolloutStatus["weight"]): string {
  if (!weight) return "-%";
  const { acknowledged, desired, observed } = weight;
  const moving = desired === acknowledged ? `${acknowledged}%` : `${acknowledged}%->${desired}%`;
  return observed === undefined || observed === acknowledged ? moving : `${moving} (seen ${observed}%)`;
}

/** The lines that one plan adds to a story. */
export class Narrator {
  readonly #lines: string[] = [];
  #last = "";
  #events = 0;
  /** The last turn that was told and the line that it began with: the same again is only counted on. */
  #again = "";
  #header = 0;

  get events(): number {
    return this.#events;
  }

  hear({ at, plan, failure, deferred }: Turn): void {
    const text = headline(plan.status);
    this.#events += plan.events.length;
    const acts = deferred ? [] : plan.actions;
    if (text === this.#last && acts.length === 0 && plan.events.length === 0) return;
    const again = JSON.stringify([text, acts, failure, plan.events]);
    if (again === this.#again && this.#lines.length > 0) {
      this.#lines[this.#header] =
        `${this.#lines[this.#header]?.replace(/ \.\. .*$/, "")} .. ${timeOfDay(at)}`;
      return;
    }
    this.#again = again;
    this.#header = this.#lines.length;
    this.#lines.push(`${timeOfDay(at)} ${text === this.#last ? `${plan.status.state} (as before)` : text}`);
    this.#last = text;
    for (const action of acts) this.#lines.push(`  - ${actionText(action)}${plan.urgent ? " !" : ""}`);
    if (failure !== undefined) this.#lines.push(`    failed: ${failure}`);
    for (const { type, reason } of plan.events) this.#lines.push(`  * ${type} ${reason}`);
  }

  add(line: string): void {
    this.#lines.push(line);
  }

  /** The lines since the last call. */
  take(): readonly string[] {
    return this.#lines.splice(0);
  }
}
