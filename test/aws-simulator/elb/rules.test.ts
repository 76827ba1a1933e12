import {
  type Action,
  CreateRuleCommand,
  DescribeRulesCommand,
  ModifyListenerCommand,
  ModifyRuleCommand,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Clients, createClients } from "../clients.ts";
import { createStack, type Stack } from "../fixtures.ts";
import { type Simulator, startSimulator } from "../simulator.ts";

let simulator: Simulator;
let clients: Clients;
let stack: Stack;

beforeEach(async () => {
  simulator = await startSimulator();
  clients = createClients(simulator);
  stack = createStack(simulator, { name: "web", weights: { a: 90, b: 10 } });
});

afterEach(async () => {
  clients.destroy();
  await simulator.stop();
});

const forward = (weights: Readonly<Record<string, number | undefined>>, more: object = {}): Action => ({
  Type: "forward",
  ForwardConfig: {
    TargetGroups: Object.entries(weights).map(([name, Weight]) => ({
      TargetGroupArn: stack.groups[name],
      Weight,
    })),
    ...more,
  },
});

const modify = (actions: Action[]) =>
  clients.elb.send(new ModifyRuleCommand({ RuleArn: stack.ruleArn, Actions: actions }));

const rule = async () => {
  const { Rules } = await clients.elb.send(new DescribeRulesCommand({ RuleArns: [stack.ruleArn] }));
  return Rules?.[0];
};

describe("reading a rule", () => {
  it("shows it normalised: order, weights and stickiness spelled out", async () => {
    expect(await rule()).toEqual({
      RuleArn: stack.ruleArn,
      Priority: "10",
      IsDefault: false,
      Conditions: [{ Field: "path-pattern", Values: ["/*"], PathPatternConfig: { Values: ["/*"] } }],
      Actions: [
        {
          Type: "forward",
          Order: 1,
          ForwardConfig: {
            TargetGroups: [
              { TargetGroupArn: stack.group("a"), Weight: 90 },
              { TargetGroupArn: stack.group("b"), Weight: 10 },
            ],
            TargetGroupStickinessConfig: { Enabled: false },
          },
        },
      ],
    });
  });

  it("shows a single group both ways", async () => {
    await modify([{ Type: "forward", TargetGroupArn: stack.group("a") }]);
    expect((await rule())?.Actions).toEqual([
      {
        Type: "forward",
        Order: 1,
        TargetGroupArn: stack.group("a"),
        ForwardConfig: {
          TargetGroups: [{ TargetGroupArn: stack.group("a"), Weight: 1 }],
          TargetGroupStickinessConfig: { Enabled: false },
        },
      },
    ]);
  });

  it("lists a listener's rules by priority, the default rule last, in pages", async () => {
    for (const priority of [30, 20]) {
      await clients.elb.send(
        new CreateRuleCommand({
          ListenerArn: stack.listenerArn,
          Priority: priority,
          Conditions: [{ Field: "host-header", Values: ["a.example.com"] }],
          Actions: [forward({ a: 1, b: 0 })],
        }),
      );
    }
    const list = (Marker?: string) =>
      clients.elb.send(new DescribeRulesCommand({ ListenerArn: stack.listenerArn, PageSize: 3, Marker }));
    const first = await list();
    expect(first.Rules?.map((each) => each.Priority)).toEqual(["10", "20", "30"]);
    const second = await list(first.NextMarker);
    expect(second.Rules?.map((each) => [each.Priority, each.IsDefault])).toEqual([["default", true]]);
    expect(second.NextMarker).toBeUndefined();
    await expect(list("nonsense")).rejects.toMatchObject({ name: "ValidationError" });
  });

  it("fails as a whole when one ARN is unknown", async () => {
    const sent = clients.elb.send(
      new DescribeRulesCommand({ RuleArns: [stack.ruleArn, `${stack.ruleArn}0`] }),
    );
    await expect(sent).rejects.toMatchObject({
      name: "RuleNotFoundException",
      Code: "RuleNotFound",
      $metadata: { httpStatusCode: 400 },
    });
  });

  it("refuses what is no rule's ARN, both selections at once, and none", async () => {
    const { elb } = clients;
    for (const input of [
      { RuleArns: ["nonsense"] },
      { RuleArns: [stack.ruleArn], ListenerArn: stack.listenerArn },
      {},
      { ListenerArn: stack.listenerArn, PageSize: 401 },
    ]) {
      await expect(elb.send(new DescribeRulesCommand(input))).rejects.toMatchObject({
        name: "ValidationError",
      });
    }
  });
});

describe("modifying a rule", () => {
  it("replaces a given list whole and leaves an omitted or empty one alone", async () => {
    const stickiness = { TargetGroupStickinessConfig: { Enabled: true, DurationSeconds: 60 } };
    await modify([forward({ a: 50, b: 50 }, stickiness)]);
    expect((await rule())?.Actions?.[0]?.ForwardConfig?.TargetGroupStickinessConfig).toEqual({
      Enabled: true,
      DurationSeconds: 60,
    });
    await clients.elb.send(new ModifyRuleCommand({ RuleArn: stack.ruleArn, Actions: [], Conditions: [] }));
    expect(simulator.elb.weights(stack.ruleArn)).toEqual({
      [stack.group("a")]: 50,
      [stack.group("b")]: 50,
    });
    simulator.invoke("elasticloadbalancing", "ModifyRule", {
      RuleArn: stack.ruleArn,
      Actions: [],
      Conditions: [],
    });
    expect((await rule())?.Actions).toHaveLength(1);
    const written = await modify([forward({ a: 0, b: 999 })]);
    expect(written.Rules?.[0]?.Actions?.[0]?.ForwardConfig).toEqual({
      TargetGroups: [
        { TargetGroupArn: stack.group("a"), Weight: 0 },
        { TargetGroupArn: stack.group("b"), Weight: 999 },
      ],
      TargetGroupStickinessConfig: { Enabled: false },
    });
    expect((await rule())?.Conditions?.[0]?.Values).toEqual(["/*"]);
  });

  it("refuses weights outside 0 to 999 and a group without a weight", async () => {
    for (const b of [1000, -1, undefined]) {
      await expect(modify([forward({ a: 1, b })])).rejects.toMatchObject({ name: "ValidationError" });
    }
    expect(simulator.elb.weights(stack.ruleArn)).toEqual({
      [stack.group("a")]: 90,
      [stack.group("b")]: 10,
    });
  });

  it("refuses more than five groups", async () => {
    const many = createStack(simulator, { name: "many", groups: ["a", "b", "c", "d", "e", "f"].slice(0, 5) });
    expect(Object.keys(simulator.elb.weights(many.ruleArn))).toHaveLength(5);
    expect(() => createStack(simulator, { name: "more", groups: ["a", "b", "c", "d", "e", "f"] })).toThrow(
      /at most 5/,
    );
  });

  it("refuses TargetGroupArn beside several groups", async () => {
    const both = { ...forward({ a: 1, b: 1 }), TargetGroupArn: stack.group("a") };
    await expect(modify([both])).rejects.toMatchObject({ name: "InvalidLoadBalancerActionException" });
  });

  it("refuses an unknown group, and one that serves another load balancer", async () => {
    const unknown = { Type: "forward", TargetGroupArn: `${stack.group("a")}0` } as const;
    await expect(modify([unknown])).rejects.toMatchObject({ name: "TargetGroupNotFoundException" });
    const other = createStack(simulator, { name: "other" });
    const foreign = { Type: "forward", TargetGroupArn: other.groups["a"] } as const;
    await expect(modify([foreign])).rejects.toMatchObject({
      name: "TargetGroupAssociationLimitException",
      Code: "TargetGroupAssociationLimit",
    });
  });

  it("refuses stickiness of a duration outside 1 to 604800 seconds, or without one", async () => {
    for (const DurationSeconds of [0, 604_801, undefined]) {
      const stickiness = { TargetGroupStickinessConfig: { Enabled: true, DurationSeconds } };
      await expect(modify([forward({ a: 1, b: 1 }, stickiness)])).rejects.toMatchObject({
        name: "ValidationError",
      });
    }
  });

  it("lets nobody but ModifyListener change the default rule", async () => {
    const { Rules } = await clients.elb.send(new DescribeRulesCommand({ ListenerArn: stack.listenerArn }));
    const fallback = Rules?.find((each) => each.IsDefault);
    const sent = clients.elb.send(
      new ModifyRuleCommand({ RuleArn: fallback?.RuleArn, Actions: [forward({ a: 1, b: 1 })] }),
    );
    await expect(sent).rejects.toMatchObject({
      name: "OperationNotPermittedException",
      Code: "OperationNotPermitted",
    });
    await clients.elb.send(
      new ModifyListenerCommand({
        ListenerArn: stack.listenerArn,
        DefaultActions: [forward({ a: 3, b: 4 })],
      }),
    );
    expect(simulator.elb.weights(stack.listenerArn)).toEqual({
      [stack.group("a")]: 3,
      [stack.group("b")]: 4,
    });
    expect(simulator.elb.weights(fallback?.RuleArn ?? "")).toEqual(simulator.elb.weights(stack.listenerArn));
  });

  it("knows no rule that was deleted", async () => {
    simulator.invoke("elasticloadbalancing", "DeleteRule", { RuleArn: stack.ruleArn });
    await expect(modify([forward({ a: 1, b: 1 })])).rejects.toMatchObject({ Code: "RuleNotFound" });
  });
});
