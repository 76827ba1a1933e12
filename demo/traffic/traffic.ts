import type { ModelRollout } from "../../src/api/types.ts";
import type { Load } from "../../test/aws-simulator/data-plane/load.ts";
import type { Pod } from "../../test/target-binder/objects.ts";
import type { Sign } from "../reaction.ts";
import type { Try } from "../things-to-try.ts";
import type { Scenery, SlotView } from "../view/snapshot.ts";

/** The kinds, by the names of the API. */
export const trafficKinds = ["alb", "rollingUpdate", "appMesh"] as const;
export type TrafficKind = (typeof trafficKinds)[number];

/** One of the two versions, without what clients see of it. */
export type Side = Pick<SlotView, "slot" | "version" | "role" | "share" | "pods">;

/** One kind of traffic as the demo shows it: what exists beside the ModelRollout, and how to look at it. */
export interface Traffic {
  readonly scenery: Scenery;
  /** Everything that a user applies for a version, as YAML. */
  manifest(version: string): string;
  /** Clients begin to send requests. */
  startLoad(requestsPerSecond: number): Load;
  /** Both versions; `rollout` is undefined before it is there. */
  sides(rollout: ModelRollout | undefined, pods: readonly Pod[]): readonly Side[];
  /** AWS operations that write and read the weights. */
  readonly operations: { readonly write: readonly string[]; readonly read: readonly string[] };
  /** Reports what no AWS call shows of a rollback, until the promised function is called. */
  watchSigns?(
    report: (sign: Sign) => void,
    rollout: () => ModelRollout | undefined,
  ): Promise<() => Promise<void>>;
  readonly words: ReactionWords;
  /** Why the traffic is not all on the stable version; undefined when it is. */
  wrongTraffic(rollout: ModelRollout, sides: readonly Side[]): string | undefined;
  /** What can be tried by hand beside what every kind has. */
  readonly tries: readonly Try[];
}

/** How a measured rollback is told. */
export interface ReactionWords {
  /** What "From the read of ALARM to …" ends with. */
  readonly until: string;
  /** How it was measured; `written` is the other figure, with its unit. */
  howMeasured(written: string): string;
}
