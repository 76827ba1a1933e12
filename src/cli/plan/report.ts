import type { ModelRollout, ModelRolloutStatus } from "../../api/types.ts";
import type { WantedRevision } from "../../core/observed.ts";

import { emptyScene, liveScene, type SceneOptions, settledScene, versionBefore } from "./scene.ts";
import { type Simulation, simulate } from "./simulate.ts";
import { type NameOf, revisionElsewhere, type TimelineEntry, timelineOf } from "./timeline.ts";
import type { World } from "./world.ts";

/** How the play begins: as the live object's status has it, with another version that is settled, or with nothing. */
export interface Beginning {
  readonly kind: "live" | "settled" | "empty";
  readonly wanted: WantedRevision;
  readonly now: number;
}

export interface Totals {
  /** From the beginning until the new version has all the traffic, is stable, and everything is done. */
  readonly allTrafficMs?: number;
  readonly stableMs?: number;
  readonly doneMs?: number;
  readonly approvals: number;
  /** Most pods that are asked for at any moment; absent where none of ours run. */
  readonly mostPods?: number;
}

/** How a release would go. */
export interface Play {
  readonly timeline: readonly TimelineEntry[];
  readonly totals: Totals;
  /** settled: it comes to its end. stands: it waits for something that does not come by itself. */
  readonly end: Simulation["end"];
  /** Where it stands, in the operator's words. */
  readonly standsAt?: string;
}

/** Plays a release through. Throws what the core throws for a spec that breaks the definition's rules. */
export function playOf(rollout: ModelRollout, beginning: Beginning, options: SceneOptions): Play {
  const world = sceneOf(rollout, beginning, options);
  const { turns, end, status } = simulate(world);
  const nameOf = namesWith(beginning.wanted);
  const timeline = timelineOf(turns, nameOf);
  const most = turns.reduce((pods, { slots: { a, b } }) => Math.max(pods, a.wanted + b.wanted), 0);
  const begin = turns[0]?.at ?? 0;
  const since = (at: number | undefined) => (at === undefined ? undefined : at - begin);
  const isNew = (revision: string | undefined) => revision === world.wanted.revision;
  const full = turns.find(({ after }) => isNew(after.canary?.revision) && after.weight?.acknowledged === 100);
  const stable = turns.find(({ after }) => isNew(after.stable?.revision) && after.beginning === undefined);
  return {
    timeline,
    end,
    ...(end === "stands" ? { standsAt: standingText(status) } : {}),
    totals: {
      ...present("allTrafficMs", since((full ?? stable)?.at)),
      ...present("stableMs", since(stable?.at)),
      ...present("doneMs", end === "settled" ? timeline.at(-1)?.atMs : undefined),
      approvals: turns.filter(({ approved }) => approved !== undefined).length,
      ...(most > 0 ? { mostPods: most } : {}),
    },
  };
}

function sceneOf(rollout: ModelRollout, { kind, wanted, now }: Beginning, options: SceneOptions): World {
  switch (kind) {
    case "settled":
      return settledScene(rollout, wanted, options);
    case "empty":
      return emptyScene(rollout, wanted, options);
    case "live":
      return liveScene(rollout, wanted, now, options);
  }
}

function namesWith(wanted: WantedRevision): NameOf {
  return ({ revision, modelVersion }) => {
    if (revision === versionBefore) return "the version before";
    if (revision === "unmanaged") return "what runs there now";
    if (revision === revisionElsewhere) return "the new version";
    return modelVersion ?? (revision === wanted.revision ? wanted.modelVersion : undefined) ?? revision;
  };
}

function standingText(status: ModelRolloutStatus): string {
  const message = status.conditions?.find(({ type }) => type === "Ready")?.message;
  return `${status.state}${message === undefined ? "" : `: ${message}`}`;
}

function present<K extends string, T>(key: K, value: T | undefined): { readonly [P in K]?: T } {
  return value === undefined ? {} : ({ [key]: value } as { readonly [P in K]: T });
}
