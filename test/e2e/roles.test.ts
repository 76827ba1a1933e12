import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { eventually } from "../control-plane/eventually.ts";
import type { Edge } from "../world/edge.ts";
import type { OperatorProcess } from "../world/operator-process.ts";
import { blocked, sentenceOf } from "./sentences.ts";
import { type TestWorld, useWorld } from "./shared.ts";

const world = useWorld({ operator: false });

/** Of the team whose namespace this is; the operator's own is the simulator's. */
const theirs = "210987654321";
const roleArn = `arn:aws:iam::${theirs}:role/models`;
const cluster = "prod-eu";

const outside = {
  selector: undefined,
  template: undefined,
  replicas: undefined,
  model: undefined,
};
const alb = { service: undefined };

let running: OperatorProcess | undefined;

/** The operator, instead of the one before, with a file of roles, for the world's namespace or another one. */
async function withRoles(of: TestWorld, namespaces: readonly string[]) {
  await running?.kill("SIGTERM");
  const file = join(of.folder, "roles.yaml");
  await writeFile(file, JSON.stringify({ roles: [{ namespaces, roleArn }] }));
  running = await of.restart({
    flags: { "aws-roles": file, "cluster-name": cluster },
    env: { AWS_ACCOUNT_ID: of.simulator.account },
  });
}

const trust = (externalIds: readonly string[]): void =>
  world.simulator.roles.put({ arn: roleArn, trusts: [world.simulator.account], externalIds });

/** A service behind both groups of a rule, which runs outside the cluster. */
async function service(name: string, account: string) {
  const { rollout, edge } = await world.newRollout(name, { account });
  for (const [index, group] of (["a", "b"] as const).entries()) {
    const id = `192.0.2.${10 + index}`;
    world.servers.setOutside(id, { version: `v${index + 1}` });
    const Targets = [{ Id: id, Port: 8080 }];
    const input = { TargetGroupArn: edge.stack.group(group), Targets };
    world.simulator.invoke("elasticloadbalancing", "RegisterTargets", input, { account });
  }
  return { rollout, edge };
}

const to = (destination: "a" | "b", alarms: readonly string[] = []) => ({
  alb,
  alarms,
  steps: [{ weight: 50, hold: "1s" }],
  spec: { ...outside, destination },
});

const callsIn = (account: string) => world.operatorCalls().filter((call) => call.account === account);

test("a release in another account, with a role of the namespace; alarms are that account's", async () => {
  await withRoles(world, [`${world.namespace.slice(0, 8)}*`]);
  trust([`${cluster}/${world.namespace}`]);
  const { rollout, edge } = await service("theirs", theirs);
  edge.putManualAlarm("theirs-5xx");
  await rollout.apply(to("a", ["theirs-5xx"]));
  await rollout.waitForReady();
  await rollout.apply(to("b", ["theirs-5xx"]));
  await rollout.waitFor("b has it all", ({ status }) => status?.state === "Idle" && edge.weights().b > 0);
  expect(edge.weights().a).toBe(0);

  const assumed = world.operatorCalls("AssumeRole");
  expect(assumed.map(({ input, account }) => ({ input, account }))).toEqual([
    {
      account: world.simulator.account,
      input: {
        RoleArn: roleArn,
        RoleSessionName: `modelrollout-${world.namespace}`,
        ExternalId: `${cluster}/${world.namespace}`,
        DurationSeconds: 3600,
      },
    },
  ]);
  expect(callsIn(theirs).map(({ operation }) => operation)).toEqual(
    expect.arrayContaining(["DescribeRules", "ModifyRule", "DescribeAlarms", "DescribeTags"]),
  );

  // Somebody revokes the sessions: the next call is refused, the one after it has new credentials.
  world.simulator.roles.revokeSessions();
  await rollout.apply({ ...to("a", ["theirs-5xx"]), strategy: { retain: "10m" } });
  await rollout.waitFor("a has it all", ({ status }) => status?.state === "Idle" && edge.weights().a > 0);
  expect(world.operatorCalls("AssumeRole").length).toBe(2);
});

test("a role that does not trust the operator: held with its name and the external id; a release goes on when it does", async () => {
  await withRoles(world, [world.namespace]);
  trust(["another-cluster/another-namespace"]);
  const { rollout, edge } = await service("untrusted", theirs);
  await rollout.apply(to("a"));
  const said = await blocked(rollout, "AccessDenied");
  expect(said).toContain(`no credentials of ${roleArn} for namespace ${world.namespace}`);
  expect(said).toContain(`must allow the external id ${cluster}/${world.namespace}`);
  expect(edge.writes).toEqual([]);
  trust([`${cluster}/${world.namespace}`]);
  await rollout.waitForReady();

  // In mid-release: STS throttles when the session is over. The weight stays; then it goes on.
  await rollout.apply({ ...to("b"), steps: [{ weight: 50, hold: "2s" }] });
  await rollout.waitForState("Holding");
  const fault = world.simulator.faults.add({ kind: "throttle", service: "sts" });
  world.simulator.roles.revokeSessions();
  await rollout.waitForCondition("TrafficSettled", "Unknown", "RouterUnreadable");
  const calm = world.simulator.clock.now() + 3_000;
  await eventually("time passes", () => world.simulator.clock.now() > calm);
  expect(edge.weights()).toEqual({ a: 50, b: 50 });
  fault.remove();
  await rollout.waitFor("b has it all", ({ status }) => status?.state === "Idle" && edge.weights().a === 0);
});

test("a rule of another account than the namespace's is refused by name, with a role and without one", async () => {
  await withRoles(world, [world.namespace]);
  trust([`${cluster}/${world.namespace}`]);
  const own = await service("own-account", world.simulator.account);
  await own.rollout.apply(to("a"));
  expect(await blocked(own.rollout, "OtherAccount")).toContain(
    `is in the AWS account ${world.simulator.account}, and the role of namespace ${world.namespace} (${roleArn}) is of ${theirs}`,
  );

  await withRoles(world, ["another-namespace"]);
  const foreign = await service("other-account", theirs);
  const before = callsIn(theirs).length;
  await foreign.rollout.apply(to("a"));
  expect(await blocked(foreign.rollout, "OtherAccount")).toContain(
    `and the operator's role is of ${world.simulator.account}: the cluster's admin can give this namespace a role there`,
  );
  await own.rollout.waitForReady();
  expect(callsIn(theirs).length).toBe(before);
  for (const { writes } of [own.edge, foreign.edge] satisfies Edge[]) expect(writes).toEqual([]);
  expect(sentenceOf(own.rollout.latest)).toContain("carries all the traffic");
});
