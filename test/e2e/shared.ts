import { afterAll, afterEach, beforeAll, inject } from "vitest";
import type { Edge } from "../world/edge.ts";
import type { OperatorOptions, OperatorProcess } from "../world/operator-process.ts";
import type { Rollout } from "../world/rollouts.ts";
import { startWorld, type World } from "../world/world.ts";

/** A world with an operator for one test file, on the run's control plane. */
export type TestWorld = World & {
  /** The operator that `beforeAll` started, or the last one that `restart` did. */
  readonly operator: OperatorProcess;
  /** Starts the operator (again). */
  restart(options?: OperatorOptions): Promise<OperatorProcess>;
  /** A rollout of a new name with a load balancer of its own. */
  newRollout(
    name: string,
    edge?: Partial<Parameters<World["createEdge"]>[0]>,
  ): Promise<{ rollout: Rollout; edge: Edge }>;
  /** The same, with its first version (default v1) stable and settled. */
  stableRollout(
    name: string,
    spec?: Applied,
    edge?: Partial<Parameters<World["createEdge"]>[0]>,
  ): Promise<{ rollout: Rollout; edge: Edge }>;
};

/** What a released rollout is applied with. */
export type Applied = Parameters<Rollout["apply"]>[0];

/** With a Lease, as by default: only one file on the shared control plane may. */
export const elected: OperatorOptions = { flags: { "leader-elect": "true" } };

/** Gives the file a world of its own and, unless told otherwise, one operator for all its tests. */
export function useWorld(options: { readonly operator?: OperatorOptions | false } = {}): TestWorld {
  let world: World | undefined;
  let operator: OperatorProcess | undefined;
  const present = <T>(value: T | undefined): T => {
    if (value === undefined) throw new Error("the world is there in hooks and tests only");
    return value;
  };
  beforeAll(async () => {
    world = await startWorld({ controlPlane: inject("controlPlane") });
    if (options.operator !== false) await restart(options.operator);
  });
  afterEach(async () => {
    world?.simulator.faults.clear();
    // Not waited for: nobody needs what is left, and the operator has the next test to care for as well.
    await world?.rollouts.deleteAll();
  });
  afterAll(async () => {
    await world?.stop();
  });
  const restart = async (how?: OperatorOptions): Promise<OperatorProcess> => {
    operator = await present(world).startOperator(how);
    await operator.waitReady();
    return operator;
  };
  const own = {
    get operator() {
      return present(operator);
    },
    restart,
    newRollout: async (name: string, spec: Partial<Parameters<World["createEdge"]>[0]> = {}) => {
      const edge = await present(world).createEdge({ name, ...spec });
      return { edge, rollout: present(world).rollouts.of({ name, edge }) };
    },
    stableRollout: async (
      name: string,
      spec: Applied = {},
      edge: Partial<Parameters<World["createEdge"]>[0]> = {},
    ) => {
      const made = await own.newRollout(name, edge);
      await made.rollout.apply(spec);
      await made.rollout.waitForReady();
      return made;
    },
  };
  return new Proxy({} as TestWorld, {
    get: (_target, key) =>
      key in own ? Reflect.get(own, key) : (Reflect.get(present(world), key) as unknown),
  });
}
