import type { Action } from "@aws-sdk/client-elastic-load-balancing-v2";
import { appMeshOperations } from "../../aws-simulator/app-mesh/operations.ts";
import { type AlarmControl, alarmControl } from "../../aws-simulator/cloudwatch/control.ts";
import { cloudWatchOperations } from "../../aws-simulator/cloudwatch/operations.ts";
import { type ElbControl, elbControl } from "../../aws-simulator/elb/control.ts";
import { type Probe, startHealthChecks } from "../../aws-simulator/elb/health-checks.ts";
import { elbOperations } from "../../aws-simulator/elb/operations.ts";
import {
  type Fields,
  type Operation,
  type OperationContext,
  type Operations,
  ServiceError,
  type ServiceName,
  type Timing,
} from "../../aws-simulator/operation.ts";
import { createRandom, hexId } from "../../aws-simulator/random.ts";
import { asOf, type RegionState, World } from "../../aws-simulator/world.ts";
import type { Timeline } from "../timeline.ts";

export const REGION = "us-east-1";
const ACCOUNT = "123456789012";

const operations: Readonly<Record<ServiceName, Operations>> = {
  sts: {},
  elasticloadbalancing: elbOperations,
  monitoring: cloudWatchOperations,
  appmesh: appMeshOperations,
};

const timing: Timing = {
  healthCheckIntervalMs: 2_000,
  healthyThreshold: 2,
  unhealthyThreshold: 2,
  deregistrationDelaySeconds: "10",
};

/** One AWS account by the rules of the project's simulator, in process and in virtual time. */
export class Account {
  readonly alarms: AlarmControl;
  readonly elb: ElbControl;
  readonly #timeline: Timeline;
  readonly #world: World;
  readonly #random = createRandom(1);
  #writes = 0;
  #probe: Probe = () => true;

  constructor(timeline: Timeline) {
    this.#timeline = timeline;
    const clock = {
      now: () => timeline.wall,
      setTimer: (run: () => void, ms: number) => timeline.in(ms, run),
    };
    this.#world = new World(clock, { keepMs: 60_000, metricRetentionMs: 0, historyLimit: 500 });
    this.alarms = alarmControl(({ region = REGION }) => this.#context(region));
    this.elb = elbControl((service, operation, input, place) =>
      this.invoke(service, operation, input, place?.region ?? REGION),
    );
    startHealthChecks(
      () => [this.region().elb],
      clock,
      timing,
      () => this.#probe,
    );
  }

  /** How many operations have changed something. */
  get writes(): number {
    return this.#writes;
  }

  region(region = REGION): RegionState {
    return this.#world.region(ACCOUNT, region);
  }

  setProbe(probe: Probe): void {
    this.#probe = probe;
  }

  /** Carries an operation out; `staleMs` answers a read from the past. Throws ServiceError. */
  invoke(service: ServiceName, name: string, input: object, region = REGION, staleMs?: number): Fields {
    const operation: Operation | undefined = operations[service][name];
    if (!operation) throw new ServiceError("InvalidAction", `The operation ${name} is not simulated`);
    const isRead = operation.kind === "read";
    if (!isRead) this.#writes += 1;
    return operation.run(this.#context(region, isRead ? staleMs : undefined), input as Fields);
  }

  isWrite(service: ServiceName, name: string): boolean {
    return operations[service][name]?.kind === "write";
  }

  /** The actions of a rule, or the default actions of a listener, as they stand now. */
  actionsOf(arn: string): readonly Action[] {
    const { rules, listeners } = this.region().elb;
    const rule = rules.get(arn);
    if (rule) return rule.actions;
    if (!listeners.has(arn)) throw new RangeError(`there is no rule ${arn}`);
    return (
      rules.values().find(({ listenerArn, priority }) => listenerArn === arn && priority === "default")
        ?.actions ?? []
    );
  }

  /** Ids of the targets that a load balancer would send requests to, by health. */
  healthyOf(groupArn: string): ReadonlySet<string> {
    const targets = this.region().elb.targets.values();
    return new Set(
      targets
        .filter(
          (target) =>
            target.groupArn === groupArn &&
            target.deregisteredAt === undefined &&
            target.health === "healthy",
        )
        .map(({ id }) => id),
    );
  }

  #context(region: string, staleMs?: number): OperationContext {
    const state = this.region(region);
    const now = this.#timeline.wall;
    return {
      state: staleMs === undefined ? state : asOf(state, now - staleMs),
      now,
      account: ACCOUNT,
      region,
      timing,
      newId: (length) => hexId(this.#random, length),
    };
  }
}
