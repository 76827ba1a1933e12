import { fileURLToPath } from "node:url";
import { afterAll, afterEach, beforeAll, inject } from "vitest";
import { type ControlPlane, startControlPlane } from "../control-plane/control-plane.ts";
import { applyDefinitions, definitionFiles, kubectl } from "../control-plane/manifests.ts";
import { startWorld, type World } from "../world/world.ts";
import { adopted, type InPlace } from "./in-place-world.ts";

/** The operator's own identity, as deploy/ has it. */
export const operatorAccount = "system:serviceaccount:modelrollout-system:modelrollout";

/** A cluster with the operator in it, for tests of Deployments rolled in place. */
export type InPlaceWorld = {
  readonly world: World;
  /** Of this cluster, in the world's namespace by default. */
  kubectl(...args: string[]): Promise<string>;
  /** A Deployment with Ready pods of v1, adopted; see `adopted`. */
  adopt(name: string, options?: Parameters<typeof adopted>[3]): Promise<InPlace>;
};

/**
 * With `policies` on a control plane of its own, where the policies of deploy/ are installed and the operator runs with
 * the service account and the rights of deploy/; without on the shared one, as administrator.
 */
export function useInPlace(policies: boolean): InPlaceWorld {
  let world: World | undefined;
  let plane: Pick<ControlPlane, "kubectl" | "kubeconfigPath"> | undefined;
  let own: ControlPlane | undefined;
  const made: InPlace[] = [];
  const present = <T>(value: T | undefined): T => {
    if (value === undefined) throw new Error("the world is there in hooks and tests only");
    return value;
  };
  beforeAll(async () => {
    own = policies ? await startControlPlane() : undefined;
    plane = own ?? inject("controlPlane");
    if (own) await install(own);
    world = await startWorld({ controlPlane: plane });
    const how = own && {
      kubeconfig: await own.kubeconfigFor(operatorAccount),
      flags: { "leader-elect": "false" },
    };
    const operator = await world.startOperator(how);
    await operator.waitReady();
  });
  afterEach(async () => {
    for (const each of made.splice(0)) await each.pods.stop();
    await world?.rollouts.deleteAll();
  });
  afterAll(async () => {
    await world?.stop();
    await own?.stop();
  });
  const run = async (args: readonly string[]): Promise<string> => await kubectl(present(plane), args);
  return {
    get world() {
      return present(world);
    },
    kubectl: async (...args) => await run(["--namespace", present(world).namespace, ...args]),
    adopt: async (name, options) => {
      const each = await adopted(present(world), run, name, options);
      made.push(each);
      return each;
    },
  };
}

/** What `kubectl apply` of deploy/ gives an operator, without its Deployment. */
export async function install(plane: ControlPlane): Promise<void> {
  await plane.kubeconfigFor(operatorAccount);
  const deploy = (file: string): string => fileURLToPath(new URL(`../../deploy/${file}`, import.meta.url));
  await applyDefinitions(plane, [
    ...(await definitionFiles()),
    deploy("base/rbac.yaml"),
    deploy("components/admission-policies/policies.yaml"),
  ]);
}
