import { afterAll, beforeAll, expect, test } from "vitest";
import { ApiClient } from "../control-plane/api-client.ts";
import { type ControlPlane, startControlPlane } from "../control-plane/control-plane.ts";
import { kubectl } from "../control-plane/manifests.ts";
import { startWorld, type World } from "../world/world.ts";
import { install, operatorAccount } from "./in-place-shared.ts";
import { adopted, approvals } from "./in-place-world.ts";

/** The policies of deploy/, and an operator under a name that they do not know. */
const stranger = "system:serviceaccount:elsewhere:modelrollout";
let plane: ControlPlane;
let world: World;

beforeAll(async () => {
  plane = await startControlPlane();
  await install(plane);
  world = await startWorld({ controlPlane: plane });
});
afterAll(async () => {
  await world.stop();
  await plane.stop();
});

const policies = ["modelrollout-start", "modelrollout-brake"];
const pathOf = (policy: string): string =>
  `/apis/admissionregistration.k8s.io/v1/mutatingadmissionpolicies/${policy}`;

/** Names somebody else in the policies' exemptions. */
async function exempt(account: string, instead: string): Promise<void> {
  const admin = new ApiClient(plane.kubeconfigPath, "somebody");
  for (const policy of policies) {
    type Policy = { spec: { matchConditions: { name: string; expression: string }[] } };
    const { spec } = await admin.get<Policy>(pathOf(policy));
    const matchConditions = spec.matchConditions.map(({ name, expression }) => ({
      name,
      expression: expression.replace(instead, account),
    }));
    await admin.patch(pathOf(policy), "merge", { spec: { matchConditions } });
  }
  await admin.close();
}

test("policies that do not know the operator: Blocked with PolicyInTheWay, nothing is touched; once they do it goes on", async () => {
  const kubeconfig = await plane.kubeconfigFor(operatorAccount);
  const start = async (): Promise<Awaited<ReturnType<World["startOperator"]>>> => {
    const operator = await world.startOperator({ kubeconfig, flags: { "leader-elect": "false" } });
    await operator.waitReady();
    return operator;
  };
  const first = await start();
  const run = async (args: readonly string[]): Promise<string> => await kubectl(plane, args);
  const it = await adopted(world, run, "guarded", { replicas: 2, rollout: approvals(50) });
  await first.kill();
  await exempt(stranger, operatorAccount);
  const second = await start();
  await it.apply({ version: "v2", replicas: 2 });
  const said = await it.rollout.waitForCondition("Stalled", "True", "PolicyInTheWay");
  expect(said.message).toBe(
    `MutatingAdmissionPolicy modelrollout-start does not let ${operatorAccount} through: name this identity in its matchConditions`,
  );
  expect(it.rollout.latest?.status?.state).toBe("Blocked");
  const { spec, metadata } = await it.get();
  expect(spec.paused).toBe(true);
  expect(metadata.labels?.["modelrollout.dev/released"]).toBeUndefined();
  await it.settled({ v1: 2, v2: 0 });
  await second.kill();
  await exempt(operatorAccount, stranger);
  await start();
  await it.rollout.waitForState("AwaitingApproval");
  await it.settled({ v1: 1, v2: 1 });
  await it.rollout.annotate("approve", it.rollout.latest?.status?.awaiting ?? "");
  await it.rollout.waitForReady();
  await it.settled({ v1: 0, v2: 2 });
  await it.pods.stop();
});
