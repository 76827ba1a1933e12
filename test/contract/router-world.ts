import type { Destination } from "../../src/core/observed.ts";
import type { TrafficRouter } from "../../src/routers/router.ts";

/** What a service, real or imitated, can be made to do for the contract. */
export type Ability =
  /** One rollout can name several targets, and so some that do not exist beside some that do. */
  | "several"
  /** Destinations have registered targets, whose health the service knows. */
  | "targets"
  /** Faults can be put on calls. */
  | "faults"
  /** Calls are logged. */
  | "calls"
  /** Targets become unhealthy, drain and take time. */
  | "health"
  /** Destinations can hold clients by cookies. */
  | "stickiness";

/** Two weights as numbers. */
export type Weights = Readonly<Record<Destination, number>>;

/** What a fault does; the words of the AWS simulator. */
export type Fault =
  | {
      readonly kind:
        | "throttle"
        | "error503"
        | "hang"
        | "lostAnswer"
        | "denied"
        | "expiredToken"
        | "garbage"
        | "refuse";
    }
  | { readonly kind: "slow" | "staleRead"; readonly ms: number };

/** Where a fault applies: reads or writes of the targets, all of them or one. */
export interface FaultPlace {
  readonly on: "read" | "write";
  readonly target?: string;
  readonly times?: number;
}

/** How a scene begins. */
export interface SceneSpec {
  /** Default 1; more, and `extra`, where a rollout can have several. */
  readonly targets?: number;
  /** Default 100 to 0. */
  readonly weights?: Weights;
  /** Group stickiness in seconds. */
  readonly sticky?: number;
  /** Weight of a third destination in the first target; what it takes is taken from a where weights have a sum. */
  readonly third?: number;
  /** The first target lacks destination b. */
  readonly lacksB?: boolean;
  /** Further ids of the rollout that no target has: a well-formed one that does not exist, or nonsense. */
  readonly extra?: "missing" | "malformed";
}

/** Targets of one rollout in the service, and the test's own hand on them. */
export interface Scene {
  readonly targets: readonly string[];
  /** The id added by `extra`. */
  readonly extra?: string;
  /** A router as one process has it; `fresh` has never seen anything. */
  readonly router: TrafficRouter;
  fresh(): TrafficRouter;
  /** What really stands. */
  weights(target: string): Promise<Weights>;
  /** Somebody else's change. */
  setWeights(target: string, weights: Weights): Promise<void>;
  /** Everything of the target but the two weights (and, when asked, the stickiness), comparable. */
  rest(target: string, options?: { readonly withoutStickiness: boolean }): Promise<unknown>;
  fault(fault: Fault, place: FaultPlace): { readonly hits: number; remove(): void };
  /** Resolves when the targets have stood for this long. */
  aged(ms: number): Promise<void>;
  /** Calls that reached the service for this scene, in order. */
  calls(on: "read" | "write"): number;
  /** Registers a target of the service behind a destination. */
  register(destination: Destination, address: string): Promise<void>;
  /** Makes an address fail or pass its health checks. */
  setHealthy(address: string, healthy: boolean): Promise<void>;
  deregister(destination: Destination, address: string): Promise<void>;
}

/** A service that routers are tried against. */
export interface RouterWorld {
  readonly name: string;
  /** What it cannot do, and why; cases that need it are listed, not run. */
  readonly cannot: Readonly<Partial<Record<Ability, string>>>;
  scene(spec?: SceneSpec): Promise<Scene>;
  stop(): Promise<void>;
}

/** One sentence of the contract. */
export interface Case {
  readonly name: string;
  readonly needs?: readonly Ability[];
  readonly run: (world: RouterWorld) => Promise<void>;
}
