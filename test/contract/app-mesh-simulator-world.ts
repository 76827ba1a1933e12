import type { RouteData, RouteSpec, WeightedTarget } from "@aws-sdk/client-app-mesh";
import { type Aws, createAws } from "../../src/aws/clients.ts";
import { routeName } from "../../src/core/driven-traffic.ts";
import { createAppMeshFleet } from "../../src/routers/app-mesh/fleet.ts";
import { createAppMeshRouter } from "../../src/routers/app-mesh/router.ts";
import type { TrafficRouter } from "../../src/routers/router.ts";
import { createMeshStack } from "../aws-simulator/app-mesh/fixtures.ts";
import { createLeapingClock } from "../aws-simulator/clock.ts";
import { type Simulator, startSimulator } from "../aws-simulator/simulator.ts";
import { type SceneSurroundings, testBudgets, testCredentials, testTimeouts } from "./alb-simulator-world.ts";
import type { RouterWorld, Scene, SceneSpec, Weights } from "./router-world.ts";

/** What the contract cannot ask of App Mesh. */
export const cannot: RouterWorld["cannot"] = {
  several: "a rollout names one route",
  targets: "App Mesh has no targets to register, and no health to ask about",
  health: "App Mesh has no health to ask about",
  stickiness: "App Mesh has no stickiness",
};

/** The simulator, with routers that reach it over HTTP as they would have reached AWS. */
export interface MeshWorld extends RouterWorld {
  readonly simulator: Simulator;
  readonly aws: Aws;
}

const operations = { read: "DescribeRoute", write: "UpdateRoute" };

/** A route with everything that a rewrite could lose. */
const richRoute = (weightedTargets: readonly WeightedTarget[]): RouteSpec => ({
  priority: 7,
  httpRoute: {
    match: {
      prefix: "/v1",
      method: "POST",
      headers: [{ name: "x-tenant", invert: false, match: { prefix: "gold-" } }],
      queryParameters: [{ name: "trace", match: { exact: "on" } }],
    },
    action: { weightedTargets: [...weightedTargets] },
    retryPolicy: {
      maxRetries: 2,
      perRetryTimeout: { unit: "ms", value: 250 },
      httpRetryEvents: ["server-error", "gateway-error"],
      tcpRetryEvents: ["connection-error"],
    },
    timeout: { perRequest: { unit: "s", value: 20 }, idle: { unit: "s", value: 60 } },
  },
});

let scenes = 0;

/** Every scene has a mesh of its own, so that faults and calls can be told apart by its name. */
class MeshScene implements Scene {
  readonly targets: readonly string[];
  readonly router: TrafficRouter;
  readonly #simulator: Simulator;
  readonly #aws: Aws;
  readonly #place: {
    readonly meshName: string;
    readonly virtualRouterName: string;
    readonly routeName: string;
  };
  readonly #leap: (ms: number) => void;

  constructor(world: SceneSurroundings, spec: SceneSpec) {
    this.#leap = world.leap;
    if ((spec.targets ?? 1) > 1 || spec.extra !== undefined) throw new Error("a rollout names one route");
    this.#simulator = world.simulator;
    this.#aws = world.aws;
    scenes += 1;
    const mesh = `scene${scenes}x`;
    this.#place = { meshName: mesh, virtualRouterName: "api", routeName: "main" };
    const { a = 100, b = 0 } = spec.weights ?? {};
    const { third, lacksB = false } = spec;
    createMeshStack(world.simulator, {
      mesh,
      router: "api",
      route: "main",
      weights: {
        [this.#node("a")]: Math.min(a, 100 - b - (third ?? 0)),
        ...(lacksB ? {} : { [this.#node("b")]: b }),
        ...(third === undefined ? {} : { [this.#node("c")]: third }),
      },
      spec: (targets) => richRoute(targets.map((target) => ({ ...target, port: 8080 }))),
    });
    this.targets = [routeName({ region: "us-east-1", ...this.#place })];
    this.router = this.fresh();
  }

  fresh(): TrafficRouter {
    return createAppMeshRouter({
      config: {
        region: "us-east-1",
        ...this.#place,
        virtualNodes: { a: this.#node("a"), b: this.#node("b") },
      },
      fleet: createAppMeshFleet(this.#aws),
    });
  }

  async weights(): Promise<Weights> {
    const of = (name: string): number =>
      this.#weighted().find(({ virtualNode }) => virtualNode === this.#node(name))?.weight ?? 0;
    return { a: of("a"), b: of("b") };
  }

  async setWeights(_target: string, weights: Weights): Promise<void> {
    const written = this.#weighted().map((target) => {
      if (target.virtualNode === this.#node("a")) return { ...target, weight: weights.a };
      return target.virtualNode === this.#node("b") ? { ...target, weight: weights.b } : target;
    });
    this.#simulator.invoke("appmesh", "UpdateRoute", { ...this.#place, spec: richRoute(written) });
  }

  async rest(): Promise<unknown> {
    const ours = [this.#node("a"), this.#node("b")];
    const without = (target: WeightedTarget): Partial<WeightedTarget> => {
      const { weight: _moved, ...kept } = target;
      return ours.includes(target.virtualNode ?? "") ? kept : target;
    };
    const { httpRoute, ...spec } = this.#spec();
    const weightedTargets = this.#weighted().map(without);
    return { ...spec, httpRoute: { ...httpRoute, action: { ...httpRoute?.action, weightedTargets } } };
  }

  fault(fault: Parameters<Scene["fault"]>[0], place: Parameters<Scene["fault"]>[1]) {
    return this.#simulator.faults.add({
      ...fault,
      operation: operations[place.on],
      resource: `"${this.#place.meshName}"`,
      ...(place.times === undefined ? {} : { times: place.times }),
    });
  }

  async aged(ms: number): Promise<void> {
    this.#leap(ms);
  }

  calls(on: "read" | "write"): number {
    return this.#simulator.calls.filter(
      ({ operation, input }) => operation === operations[on] && input["meshName"] === this.#place.meshName,
    ).length;
  }

  register = async (): Promise<void> => Promise.reject(new Error(cannot.targets));
  setHealthy = async (): Promise<void> => Promise.reject(new Error(cannot.health));
  deregister = async (): Promise<void> => Promise.reject(new Error(cannot.targets));

  #node(name: string): string {
    return `${this.#place.meshName}-${name}`;
  }

  #spec(): RouteSpec {
    const route = this.#simulator.invoke("appmesh", "DescribeRoute", this.#place) as unknown as RouteData;
    return route.spec ?? {};
  }

  #weighted(): readonly WeightedTarget[] {
    return this.#spec().httpRoute?.action?.weightedTargets ?? [];
  }
}

/** Starts a simulator for the contract. */
export async function startMeshWorld(): Promise<MeshWorld> {
  const clock = createLeapingClock();
  const simulator = await startSimulator({ clock });
  const aws = createAws({
    version: "contract",
    endpoint: simulator.endpoint,
    credentials: testCredentials,
    requestTimeoutMs: testTimeouts,
    budgets: { ...testBudgets, appmesh: { burst: 1_000, perSecond: 1_000 } },
  });
  return {
    name: "the AWS simulator",
    cannot,
    simulator,
    aws,
    scene: async (spec = {}) => new MeshScene({ simulator, aws, leap: clock.leap }, spec),
    async stop() {
      aws.destroy();
      await simulator.stop();
    },
  };
}
