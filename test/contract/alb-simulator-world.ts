import type { Action, TargetGroupTuple } from "@aws-sdk/client-elastic-load-balancing-v2";
import { type Aws, createAws } from "../../src/aws/clients.ts";
import type { Destination } from "../../src/core/observed.ts";
import { createAlbFleet } from "../../src/routers/alb/fleet.ts";
import { createAlbRouter } from "../../src/routers/alb/router.ts";
import type { TrafficRouter } from "../../src/routers/router.ts";
import { createLeapingClock } from "../aws-simulator/clock.ts";
import { createStack, type Stack } from "../aws-simulator/fixtures.ts";
import { type Simulator, startSimulator } from "../aws-simulator/simulator.ts";
import { strip } from "./alb-actions.ts";
import type { RouterWorld, Scene, SceneSpec } from "./router-world.ts";

/** Credentials that only an imitation accepts. */
export const testCredentials = { accessKeyId: "test", secretAccessKey: "test" };

/** Short timeouts, so that hanging reads are over soon; a raise's bound stays the real one. */
export const testTimeouts = { read: 800, rollback: 700 };

/** The cases ask more in a second than an operator does in a minute. */
export const testBudgets = {
  elasticloadbalancing: { burst: 1_000, perSecond: 1_000 },
  cloudwatch: { burst: 1_000, perSecond: 1_000 },
};

/** The simulator, with routers that reach it over HTTP as they would reach AWS. */
export interface SimulatorWorld extends RouterWorld {
  readonly simulator: Simulator;
  readonly aws: Aws;
}

/** What a scene of a simulator is made from. */
export interface SceneSurroundings {
  readonly simulator: Simulator;
  readonly aws: Aws;
  /** Sets the simulator's clock forward, by milliseconds. */
  readonly leap: (ms: number) => void;
}

let scenes = 0;

const reads = ["DescribeRules", "DescribeListeners"];
const writes = ["ModifyRule", "ModifyListener"];

/** Every scene has a load balancer of its own, so that faults and calls can be told apart by its name. */
class SimulatorScene implements Scene {
  readonly targets: readonly string[];
  readonly extra?: string;
  readonly router: TrafficRouter;
  readonly #simulator: Simulator;
  readonly #stack: Stack;
  readonly #name: string;
  readonly #aws: Aws;
  readonly #leap: (ms: number) => void;
  readonly #healthy = new Map<string, boolean>();

  constructor(world: SceneSurroundings, spec: SceneSpec) {
    this.#leap = world.leap;
    this.#simulator = world.simulator;
    this.#aws = world.aws;
    scenes += 1;
    this.#name = `scene${scenes}x`;
    const sticky =
      spec.sticky === undefined ? {} : { stickiness: { Enabled: true, DurationSeconds: spec.sticky } };
    const weights: Record<string, number> = { a: 1, b: 0 };
    this.#stack = createStack(world.simulator, {
      name: this.#name,
      groups: ["a", "b", "c"],
      weights: { ...weights, c: 0 },
      ...sticky,
    });
    const more = Array.from({ length: (spec.targets ?? 1) - 1 }, (_, index) => this.#addRule(index));
    this.targets = [this.#stack.ruleArn, ...more];
    const { a = 100, b = 0 } = spec.weights ?? {};
    for (const [index, target] of this.targets.entries()) {
      this.#rewrite(target, {
        a,
        ...(spec.lacksB === true && index === 0 ? {} : { b }),
        ...(spec.third !== undefined && index === 0 ? { c: spec.third } : {}),
      });
    }
    if (spec.extra === "missing") this.extra = `${this.#stack.ruleArn.slice(0, -4)}dead`;
    if (spec.extra === "malformed") this.extra = "arn:nonsense";
    this.router = this.fresh();
  }

  fresh(): TrafficRouter {
    const arns = this.extra === undefined ? this.targets : [this.extra, ...this.targets];
    return createAlbRouter({
      config: {
        region: "us-east-1",
        rules: arns.map((arn) => ({ arn })),
        targetGroups: { a: this.#stack.group("a"), b: this.#stack.group("b") },
        bindTargets: false,
      },
      fleet: createAlbFleet(this.#aws),
    });
  }

  async weights(target: string): Promise<Readonly<Record<Destination, number>>> {
    const all = this.#simulator.elb.weights(target);
    return { a: all[this.#stack.group("a")] ?? 0, b: all[this.#stack.group("b")] ?? 0 };
  }

  async setWeights(target: string, { a, b }: Readonly<Record<Destination, number>>): Promise<void> {
    this.#simulator.elb.setWeights(target, { [this.#stack.group("a")]: a, [this.#stack.group("b")]: b });
  }

  async rest(target: string, options = { withoutStickiness: false }): Promise<unknown> {
    const groups = [this.#stack.group("a"), this.#stack.group("b")];
    return strip(this.#simulator.elb.actions(target), groups, options.withoutStickiness);
  }

  fault(fault: Parameters<Scene["fault"]>[0], place: Parameters<Scene["fault"]>[1]) {
    return this.#simulator.faults.add({
      ...fault,
      operation: place.on === "read" ? reads : writes,
      resource: place.target ?? `/${this.#name}/`,
      ...(place.times === undefined ? {} : { times: place.times }),
    });
  }

  async aged(ms: number): Promise<void> {
    this.#leap(ms);
  }

  calls(on: "read" | "write"): number {
    const operations = on === "read" ? reads : writes;
    return this.#simulator.calls.filter(
      (call) => operations.includes(call.operation) && JSON.stringify(call.input).includes(`/${this.#name}/`),
    ).length;
  }

  async register(destination: Destination, address: string): Promise<void> {
    this.#simulator.elb.registerTargets(this.#stack.group(destination), [{ id: address, port: 8080 }]);
  }

  async setHealthy(address: string, healthy: boolean): Promise<void> {
    this.#healthy.set(address, healthy);
    this.#simulator.setProbe(({ id }) => this.#healthy.get(id) ?? true);
  }

  async deregister(destination: Destination, address: string): Promise<void> {
    this.#simulator.elb.deregisterTargets(this.#stack.group(destination), [{ id: address, port: 8080 }]);
  }

  #addRule(index: number): string {
    const { Rules } = this.#simulator.invoke("elasticloadbalancing", "CreateRule", {
      ListenerArn: this.#stack.listenerArn,
      Priority: 20 + index,
      Conditions: [{ Field: "path-pattern", Values: [`/more${index}/*`] }],
      Actions: this.#simulator.elb.actions(this.#stack.ruleArn),
    }) as { Rules: readonly { RuleArn: string }[] };
    return Rules[0]?.RuleArn ?? "";
  }

  /** Gives the rule's forward action exactly these groups and weights; unchecked, as all-zero weights have to be. */
  #rewrite(target: string, weights: Readonly<Record<string, number>>): void {
    const tuples: TargetGroupTuple[] = Object.entries(weights).map(([name, Weight]) => ({
      TargetGroupArn: this.#stack.group(name),
      Weight,
    }));
    const actions = this.#simulator.elb.actions(target).map((action): Action => {
      const { TargetGroupArn: _single, ...rest } = action;
      return { ...rest, ForwardConfig: { ...action.ForwardConfig, TargetGroups: tuples } };
    });
    this.#simulator.invoke("elasticloadbalancing", "ModifyRule", { RuleArn: target, Actions: actions });
  }
}

/** Starts a simulator for the contract. */
export async function startSimulatorWorld(): Promise<SimulatorWorld> {
  const clock = createLeapingClock();
  const simulator = await startSimulator({ clock });
  const aws = createAws({
    version: "contract",
    endpoint: simulator.endpoint,
    credentials: testCredentials,
    requestTimeoutMs: testTimeouts,
    budgets: testBudgets,
  });
  return {
    name: "the AWS simulator",
    cannot: {},
    simulator,
    aws,
    scene: async (spec = {}) => new SimulatorScene({ simulator, aws, leap: clock.leap }, spec),
    async stop() {
      aws.destroy();
      await simulator.stop();
    },
  };
}
