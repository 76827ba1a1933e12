import { type AppMeshState, appMeshAsOf, createAppMeshState } from "./app-mesh/records.ts";
import type { Clock } from "./clock.ts";
import { type CloudWatchState, cloudWatchAsOf, createCloudWatchState } from "./cloudwatch/records.ts";
import { createElbState, type ElbState, elbAsOf } from "./elb/records.ts";

/** Everything in one region of one account. */
export interface RegionState {
  readonly elb: ElbState;
  readonly cloudwatch: CloudWatchState;
  readonly appMesh: AppMeshState;
}

/** How much of the past the world remembers. */
export interface Memory {
  /** How far back a stale read can look, ms. */
  readonly keepMs: number;
  readonly metricRetentionMs: number;
  readonly historyLimit: number;
}

/** All accounts and regions, made when first asked for. */
export class World {
  readonly #clock: Clock;
  readonly #memory: Memory;
  readonly #regions = new Map<string, { account: string; region: string; state: RegionState }>();

  constructor(clock: Clock, memory: Memory) {
    this.#clock = clock;
    this.#memory = memory;
  }

  region(account: string, region: string): RegionState {
    const key = `${account}/${region}`;
    const known = this.#regions.get(key);
    if (known) return known.state;
    const state: RegionState = {
      elb: createElbState(this.#clock, this.#memory.keepMs),
      cloudwatch: createCloudWatchState(this.#clock, this.#memory),
      appMesh: createAppMeshState(this.#clock, this.#memory.keepMs),
    };
    this.#regions.set(key, { account, region, state });
    return state;
  }

  /** Every region there is so far. */
  regions(): RegionState[] {
    return [...this.#regions.values()].map(({ state }) => state);
  }
}

/** A region as it was at `time` (ms since the epoch). */
export const asOf = (state: RegionState, time: number): RegionState => ({
  elb: elbAsOf(state.elb, time),
  cloudwatch: cloudWatchAsOf(state.cloudwatch, time),
  appMesh: appMeshAsOf(state.appMesh, time),
});
