import type { State } from "../../src/api/status.ts";

/** Everything there was to see at one moment. Times are milliseconds since the epoch. */
export interface Moment {
  readonly at: number;
  /** Absent until the resource is there. */
  readonly rollout?: RolloutView;
  readonly slots: readonly SlotView[];
  readonly alarms: readonly AlarmView[];
  readonly totals: Totals;
  /** Oldest first. */
  readonly events: readonly EventView[];
}

/** What the versions are released in, and how the table speaks of it. */
export interface Scenery {
  /** Ends the sentence "model versions released …". */
  readonly place: string;
  /** Headings of the bars, where there is room and where there is little. */
  readonly shareHeading: readonly [string, string];
  /** `weights` of two slots with names, or `pods` of one Deployment. */
  readonly sharedBy: "weights" | "pods";
}

/** Everything the view shows at one moment. */
export interface Snapshot extends Moment {
  readonly scenery: Scenery;
  /** When the show began. */
  readonly startedAt: number;
  readonly act: Act;
  /** One for each second, oldest first; absent where nobody has kept them. */
  readonly past?: readonly PastSecond[];
}

/** What a second looked like. */
export interface PastSecond {
  /** Share of the canary, in percent; 0 when there is none. */
  readonly canaryShare: number;
  /** Of all requests, 0 to 1. */
  readonly errorRate: number;
}

/** A part of the show. */
export interface Act {
  readonly number: number;
  readonly count: number;
  readonly title: string;
}

/** What the resource says of itself. */
export interface RolloutView {
  readonly name: string;
  readonly state?: State;
  /** Reason and message of the condition Ready. */
  readonly reason?: string;
  readonly message?: string;
  readonly steps?: StepsView;
  /** Value that `modelrollout.dev/approve` must have. */
  readonly awaiting?: string;
}

/** Where a release is in its list of steps. */
export interface StepsView {
  /** From 0. */
  readonly index: number;
  /** Share of the canary in each step, in percent. */
  readonly weights: readonly number[];
  readonly holdUntil?: number;
}

export type Role = "stable" | "canary" | "previous" | "failed";

/** One of the two versions side by side. */
export interface SlotView {
  /** Tells the two apart; shown where the scenery says so. */
  readonly slot: string;
  readonly version?: string;
  readonly role?: Role;
  /** Its share of the traffic, by weights or by Ready pods, in percent. */
  readonly share?: number;
  readonly pods: { readonly ready: number; readonly total: number };
  /** What clients saw in the last moments. */
  readonly requestsPerSecond: number;
  /** 0 to 1; absent without requests. */
  readonly errorRate?: number;
}

/** An alarm as CloudWatch has it. */
export interface AlarmView {
  readonly name: string;
  readonly state: string;
  /** What it watches, in a few words. */
  readonly about: string;
}

/** What clients saw since the show began. */
export interface Totals {
  readonly requests: number;
  readonly errors: readonly ErrorCount[];
}

/** Errors of one version; of the load balancer itself, or no answer at all, where no version told its name. */
export interface ErrorCount {
  readonly version?: string;
  readonly count: number;
}

/** A Kubernetes Event. */
export interface EventView {
  readonly id: string;
  readonly at: number;
  readonly warning: boolean;
  readonly reason: string;
  readonly note: string;
}
