import { describe, expect, test } from "vitest";
import type { LoadOutcome } from "../aws-simulator/data-plane/load.ts";
import { ApiError } from "../control-plane/api-client.ts";
import { eventually } from "../control-plane/eventually.ts";
import { conditionOf } from "../world/rollouts.ts";
import { slotsOf } from "../world/slots.ts";
import { type Applied, useWorld } from "./shared.ts";

const world = useWorld();
const longHold: NonNullable<Applied["steps"]> = [{ weight: 50, hold: "60s" }];

/** Of what clients saw, whatever was no answer of a version. */
const failures = (seen: readonly LoadOutcome[]): readonly LoadOutcome[] =>
  seen.filter(({ status }) => status === undefined || status >= 500);

/** Longer than a bunch of requests takes to be sent, on a busy machine as well. */
const BUNCH_MS = 100;

/** Whether anything that the operator made for the rollout is left. */
const left = async (name: string): Promise<readonly string[]> => {
  const paths = [
    "apis/apps/v1/$/deployments",
    "api/v1/$/services",
    "apis/elbv2.k8s.aws/v1beta1/$/targetgroupbindings",
    "apis/apps/v1/$/controllerrevisions",
  ];
  const lists = await Promise.all(
    paths.map((path) =>
      world.client.get<{ items: { metadata: { name: string } }[] }>(
        `/${path.replace("$", `namespaces/${world.namespace}`)}`,
      ),
    ),
  );
  return lists
    .flatMap(({ items }) => items.map(({ metadata }) => metadata.name))
    .filter((each) => each.startsWith(`${name}-`));
};

describe.each(["Background", "Foreground"] as const)("deletion, %s", (policy) => {
  const suffix = policy.toLowerCase();

  test("in mid-release: all traffic is on stable before anything goes, and no request fails until then", async () => {
    const name = `mid-${suffix}`;
    const { rollout, edge } = await world.stableRollout(name);
    await rollout.apply({ version: "v2", steps: longHold });
    await rollout.waitForState("Holding");
    const seen: LoadOutcome[] = [];
    const load = edge.startLoad({
      rps: 60,
      timeoutMs: 5_000,
      onOutcome: (outcome) => seen.push(outcome),
    });
    await eventually(
      "both versions answer",
      () => new Set(seen.map((outcome) => outcome.version)).size === 2,
    );
    await rollout.delete(policy);
    await rollout.waitReleased();
    await load.stop();
    expect(edge.weights().b).toBe(0);
    expect(edge.raises("b")).toHaveLength(1);
    expect(await left(name)).toEqual([]);
    // Until the last pod was told to go every request was answered; after that the load balancer itself answers 503.
    // Requests are sent in bunches, which that moment may split, and a slow answer may be that to an early request.
    const good = seen.filter((outcome) => outcome.status === 200).map(({ sentAt }) => sentAt);
    const lastGood = Math.max(...good) - BUNCH_MS;
    expect(failures(seen).filter((outcome) => outcome.sentAt < lastGood)).toEqual([]);
    expect(new Set(failures(seen).map((outcome) => outcome.status))).toEqual(
      new Set([503].slice(failures(seen).length === 0 ? 1 : 0)),
    );
  });

  test("at rest: everything goes, and every request gets an answer", async () => {
    const name = `idle-${suffix}`;
    const { rollout, edge } = await world.stableRollout(name);
    const seen: LoadOutcome[] = [];
    const load = edge.startLoad({
      rps: 60,
      timeoutMs: 5_000,
      onOutcome: (outcome) => seen.push(outcome),
    });
    await eventually("requests are answered", () => seen.length > 20);
    await rollout.delete(policy);
    await rollout.waitReleased();
    await load.stop();
    expect(await left(name)).toEqual([]);
    expect(seen.filter((outcome) => outcome.status === undefined)).toEqual([]);
    expect(failures(seen).every((outcome) => outcome.status === 503)).toBe(true);
    expect(edge.weights().b).toBe(0);
  });

  test("with keep: the canary goes back, everything stays standing and serves", async () => {
    const name = `keep-${suffix}`;
    const { rollout, edge } = await world.stableRollout(name, {
      annotations: { "modelrollout.dev/keep": "true" },
    });
    await rollout.apply({ version: "v2", steps: longHold, annotations: { "modelrollout.dev/keep": "true" } });
    await rollout.waitForState("Holding");
    const seen: LoadOutcome[] = [];
    const load = edge.startLoad({
      rps: 60,
      timeoutMs: 5_000,
      onOutcome: (outcome) => seen.push(outcome),
    });
    await rollout.delete(policy);
    await rollout.waitReleased();
    const gone = seen.length;
    await eventually("stable goes on serving", () => seen.length > gone + 30);
    await load.stop();
    expect(failures(seen)).toEqual([]);
    expect(seen.at(-1)?.version).toBe("v1");
    expect(edge.weights().b).toBe(0);
    expect((await slotsOf(world.client, world.namespace, name).deployment("a"))?.status?.readyReplicas).toBe(
      2,
    );
  });
});

test("while AWS refuses it is held back, with all that serves; it goes on when AWS lets it", async () => {
  const { rollout, edge } = await world.stableRollout("refused", {});
  await rollout.apply({ version: "v2", steps: longHold, strategy: { stepTimeout: "4s" } });
  await rollout.waitForState("Holding");
  const denied = world.simulator.faults.add({ kind: "denied", operation: "ModifyRule" });
  await rollout.delete();
  const held = await rollout.waitFor("it says why", (each) =>
    /ModifyRule/.test(conditionOf(each, "Ready")?.message ?? ""),
  );
  expect(held.status?.state).toBe("Deleting");
  expect(held.metadata.finalizers).toEqual(["modelrollout.dev/traffic"]);
  expect(await slotsOf(world.client, world.namespace, "refused").pods("b")).not.toEqual([]);
  expect(edge.weights().b).toBe(50);
  denied.remove();
  await rollout.waitGone();
  expect(edge.weights().b).toBe(0);
});

test("a rollout that never got anywhere goes at once", async () => {
  const { rollout, edge } = await world.newRollout("nothing");
  await rollout.apply({ alb: { rules: [{ arn: `${edge.stack.ruleArn.slice(0, -4)}0000` }] } });
  await rollout.waitForState("Blocked");
  await rollout.delete();
  await rollout.waitGone();
  expect(edge.writes).toEqual([]);
  await expect(
    world.client.get(`/apis/modelrollout.dev/v1alpha1/namespaces/${world.namespace}/modelrollouts/nothing`),
  ).rejects.toThrow(ApiError);
});
