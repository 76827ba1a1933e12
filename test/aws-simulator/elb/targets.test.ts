import {
  DeregisterTargetsCommand,
  DescribeTargetHealthCommand,
  ModifyRuleCommand,
  ModifyTargetGroupAttributesCommand,
  RegisterTargetsCommand,
  type TargetDescription,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Clients, createClients } from "../clients.ts";
import { createVirtualClock, type VirtualClock } from "../clock.ts";
import { createStack, type Stack } from "../fixtures.ts";
import { type Simulator, startSimulator } from "../simulator.ts";

let clock: VirtualClock;
let simulator: Simulator;
let clients: Clients;
let stack: Stack;

const TARGET = { Id: "10.0.0.1", Port: 8080 };

beforeEach(async () => {
  clock = createVirtualClock();
  simulator = await startSimulator({ clock });
  clients = createClients(simulator);
  stack = createStack(simulator, { name: "web" });
});

afterEach(async () => {
  clients.destroy();
  await simulator.stop();
});

const register = (name: string, ...Targets: TargetDescription[]) =>
  clients.elb.send(new RegisterTargetsCommand({ TargetGroupArn: stack.group(name), Targets }));
const deregister = (name: string, ...Targets: TargetDescription[]) =>
  clients.elb.send(new DeregisterTargetsCommand({ TargetGroupArn: stack.group(name), Targets }));
const health = async (name: string, Targets?: TargetDescription[]) => {
  const sent = new DescribeTargetHealthCommand({ TargetGroupArn: stack.group(name), Targets });
  const { TargetHealthDescriptions } = await clients.elb.send(sent);
  return (TargetHealthDescriptions ?? []).map(({ Target, TargetHealth }) =>
    [`${Target?.Id}:${Target?.Port}`, TargetHealth?.State, TargetHealth?.Reason].filter(Boolean).join(" "),
  );
};

describe("a registered target", () => {
  it("is initial until it has passed its health checks", async () => {
    await register("a", TARGET);
    expect(await health("a")).toEqual(["10.0.0.1:8080 initial Elb.InitialHealthChecking"]);
    clock.advance(200);
    expect(await health("a")).toEqual(["10.0.0.1:8080 initial Elb.InitialHealthChecking"]);
    clock.advance(100);
    expect(await health("a")).toEqual(["10.0.0.1:8080 healthy"]);
  });

  it("gets the group's port when none is given", async () => {
    await register("a", { Id: "10.0.0.9" });
    expect(await health("a")).toEqual(["10.0.0.9:8080 initial Elb.InitialHealthChecking"]);
  });

  it("goes unhealthy after failing twice, and back after passing three times", async () => {
    let up = false;
    simulator.setProbe((target) => up && target.id === TARGET.Id);
    await register("a", TARGET);
    clock.advance(200);
    expect(await health("a")).toEqual(["10.0.0.1:8080 unhealthy Target.FailedHealthChecks"]);
    up = true;
    clock.advance(200);
    expect(await health("a")).toEqual(["10.0.0.1:8080 unhealthy Target.FailedHealthChecks"]);
    clock.advance(100);
    expect(await health("a")).toEqual(["10.0.0.1:8080 healthy"]);
    up = false;
    clock.advance(100);
    expect(await health("a")).toEqual(["10.0.0.1:8080 healthy"]);
    clock.advance(100);
    expect(await health("a")).toEqual(["10.0.0.1:8080 unhealthy Target.FailedHealthChecks"]);
  });

  it("is checked in a group of weight 0, and unused in a group that no rule names", async () => {
    await register("b", TARGET);
    clock.advance(300);
    expect(await health("b")).toEqual(["10.0.0.1:8080 healthy"]);
    await clients.elb.send(
      new ModifyRuleCommand({
        RuleArn: stack.ruleArn,
        Actions: [{ Type: "forward", TargetGroupArn: stack.group("a") }],
      }),
    );
    expect(await health("b")).toEqual(["10.0.0.1:8080 unused Target.NotInUse"]);
  });

  it("asked for by name: one that is not registered is unused too", async () => {
    await register("a", TARGET);
    expect(await health("a", [TARGET, { Id: "10.0.0.2", Port: 8080 }])).toEqual([
      "10.0.0.1:8080 initial Elb.InitialHealthChecking",
      "10.0.0.2:8080 unused Target.NotRegistered",
    ]);
  });

  it("needs a group", async () => {
    const sent = new RegisterTargetsCommand({ TargetGroupArn: `${stack.group("a")}0`, Targets: [TARGET] });
    await expect(clients.elb.send(sent)).rejects.toMatchObject({ Code: "TargetGroupNotFound" });
  });
});

describe("a deregistered target", () => {
  const delay = (seconds: string) =>
    clients.elb.send(
      new ModifyTargetGroupAttributesCommand({
        TargetGroupArn: stack.group("a"),
        Attributes: [{ Key: "deregistration_delay.timeout_seconds", Value: seconds }],
      }),
    );

  it("drains for 300 seconds unless the group says otherwise", async () => {
    await register("a", TARGET);
    await deregister("a", TARGET);
    clock.advance(299_000);
    expect(await health("a")).toEqual(["10.0.0.1:8080 draining Target.DeregistrationInProgress"]);
    clock.advance(1_000);
    expect(await health("a")).toEqual([]);
  });

  it("drains as long as the attribute says, not at all with 0", async () => {
    await delay("2");
    await register("a", TARGET);
    await deregister("a", TARGET);
    clock.advance(1_900);
    expect(await health("a")).toHaveLength(1);
    clock.advance(100);
    expect(await health("a")).toEqual([]);
    await delay("0");
    await register("a", TARGET);
    await deregister("a", TARGET);
    expect(await health("a")).toEqual([]);
  });

  it("starts over when it is registered again, and is no error when unknown", async () => {
    await register("a", TARGET);
    clock.advance(300);
    await deregister("a", TARGET, { Id: "10.9.9.9", Port: 1 });
    await register("a", TARGET);
    expect(await health("a")).toEqual(["10.0.0.1:8080 initial Elb.InitialHealthChecking"]);
  });
});
