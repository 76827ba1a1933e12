import {
  type Action,
  AddTagsCommand,
  CreateListenerCommand,
  CreateRuleCommand,
  CreateTargetGroupCommand,
  DeleteLoadBalancerCommand,
  DeleteTargetGroupCommand,
  DescribeListenersCommand,
  DescribeLoadBalancersCommand,
  DescribeRulesCommand,
  DescribeTagsCommand,
  DescribeTargetGroupAttributesCommand,
  DescribeTargetGroupsCommand,
  ModifyRuleCommand,
  ModifyTargetGroupAttributesCommand,
  RemoveTagsCommand,
  SetRulePrioritiesCommand,
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
  stack = createStack(simulator, { name: "web" });
});

afterEach(async () => {
  clients.destroy();
  await simulator.stop();
});

describe("ARNs", () => {
  it("have AWS's shape", () => {
    const id = "[0-9a-f]{16}";
    const prefix = "^arn:aws:elasticloadbalancing:us-east-1:123456789012";
    expect(stack.loadBalancerArn).toMatch(new RegExp(`${prefix}:loadbalancer/app/web/${id}$`));
    expect(stack.listenerArn).toMatch(new RegExp(`${prefix}:listener/app/web/${id}/${id}$`));
    expect(stack.ruleArn).toMatch(new RegExp(`${prefix}:listener-rule/app/web/${id}/${id}/${id}$`));
    expect(stack.group("a")).toMatch(new RegExp(`${prefix}:targetgroup/web-a/${id}$`));
  });
});

describe("describing", () => {
  it("load balancers, listeners and target groups", async () => {
    const balancers = await clients.elb.send(new DescribeLoadBalancersCommand({ Names: ["web"] }));
    expect(balancers.LoadBalancers?.[0]).toMatchObject({
      LoadBalancerArn: stack.loadBalancerArn,
      State: { Code: "active" },
      Type: "application",
    });
    expect(balancers.LoadBalancers?.[0]?.CreatedTime).toBeInstanceOf(Date);
    const listeners = await clients.elb.send(
      new DescribeListenersCommand({ LoadBalancerArn: stack.loadBalancerArn }),
    );
    expect(listeners.Listeners?.[0]).toMatchObject({
      ListenerArn: stack.listenerArn,
      Port: 80,
      Protocol: "HTTP",
    });
    const groups = await clients.elb.send(
      new DescribeTargetGroupsCommand({ TargetGroupArns: [stack.group("b"), stack.group("a")] }),
    );
    expect(
      groups.TargetGroups?.map((group) => [group.TargetGroupName, group.Port, group.LoadBalancerArns]),
    ).toEqual([
      ["web-b", 8080, [stack.loadBalancerArn]],
      ["web-a", 8080, [stack.loadBalancerArn]],
    ]);
  });

  it.each([
    ["LoadBalancerNotFound", () => new DescribeLoadBalancersCommand({ Names: ["typo"] })],
    ["ListenerNotFound", () => new DescribeListenersCommand({ ListenerArns: [`${stack.listenerArn}0`] })],
    ["TargetGroupNotFound", () => new DescribeTargetGroupsCommand({ Names: ["typo"] })],
    [
      "TargetGroupNotFound",
      () => new DescribeTargetGroupAttributesCommand({ TargetGroupArn: `${stack.group("a")}0` }),
    ],
  ])("%s for what does not exist", async (Code, command) => {
    await expect(clients.elb.send(command() as DescribeListenersCommand)).rejects.toMatchObject({
      Code,
      $metadata: { httpStatusCode: 400 },
    });
  });
});

describe("tags", () => {
  const tags = async (arn: string) => {
    const { TagDescriptions } = await clients.elb.send(new DescribeTagsCommand({ ResourceArns: [arn] }));
    return Object.fromEntries((TagDescriptions?.[0]?.Tags ?? []).map(({ Key, Value }) => [Key, Value]));
  };

  it("rules of the fixture are open to all namespaces; tags can be added and removed", async () => {
    expect(await tags(stack.ruleArn)).toEqual({ "modelrollout.dev/namespaces": "@all" });
    const added = {
      ResourceArns: [stack.ruleArn],
      Tags: [
        { Key: "team", Value: "ml" },
        { Key: "empty", Value: "" },
      ],
    };
    await clients.elb.send(new AddTagsCommand(added));
    await clients.elb.send(
      new RemoveTagsCommand({ ResourceArns: [stack.ruleArn], TagKeys: ["modelrollout.dev/namespaces"] }),
    );
    expect(await tags(stack.ruleArn)).toEqual({ team: "ml", empty: "" });
  });

  it("are read for at most twenty resources at once", async () => {
    const arns = (count: number) => Array.from({ length: count }, () => stack.ruleArn);
    await clients.elb.send(new DescribeTagsCommand({ ResourceArns: arns(20) }));
    const sent = clients.elb.send(new DescribeTagsCommand({ ResourceArns: arns(21) }));
    await expect(sent).rejects.toMatchObject({ name: "ValidationError" });
  });

  it.each([
    ["*", "value"],
    ["key", "a*b"],
    ["aws:key", "value"],
    ["", "value"],
    ["key", "x".repeat(257)],
  ])("refuse %j = %j", async (Key, Value) => {
    const sent = clients.elb.send(
      new AddTagsCommand({ ResourceArns: [stack.ruleArn], Tags: [{ Key, Value }] }),
    );
    await expect(sent).rejects.toMatchObject({ name: "ValidationError" });
  });
});

describe("target group attributes and stickiness", () => {
  const attribute = (Value: string, Key = "stickiness.enabled") =>
    clients.elb.send(
      new ModifyTargetGroupAttributesCommand({
        TargetGroupArn: stack.group("a"),
        Attributes: [{ Key, Value }],
      }),
    );
  const forward = (sticky: boolean): Action => ({
    Type: "forward",
    ForwardConfig: {
      TargetGroups: ["a", "b"].map((name) => ({ TargetGroupArn: stack.group(name), Weight: 1 })),
      ...(sticky && { TargetGroupStickinessConfig: { Enabled: true, DurationSeconds: 60 } }),
    },
  });
  const modify = (action: Action) =>
    clients.elb.send(new ModifyRuleCommand({ RuleArn: stack.ruleArn, Actions: [action] }));

  it("target stickiness needs group stickiness, whichever comes first", async () => {
    await expect(attribute("true")).rejects.toMatchObject({ Code: "InvalidConfigurationRequest" });
    await modify(forward(true));
    await attribute("true");
    await expect(modify(forward(false))).rejects.toMatchObject({ Code: "InvalidConfigurationRequest" });
    await modify({ Type: "forward", TargetGroupArn: stack.group("a") });
  });

  it("application cookies do not go with several groups", async () => {
    await modify(forward(true));
    await attribute("app_cookie", "stickiness.type");
    await attribute("true");
    await expect(modify(forward(true))).rejects.toMatchObject({ Code: "InvalidConfigurationRequest" });
  });

  it("shows all attributes and refuses unknown ones and wrong values", async () => {
    const { Attributes } = await clients.elb.send(
      new DescribeTargetGroupAttributesCommand({ TargetGroupArn: stack.group("a") }),
    );
    expect(Attributes).toContainEqual({ Key: "deregistration_delay.timeout_seconds", Value: "300" });
    await expect(attribute("1", "nonsense")).rejects.toMatchObject({ name: "ValidationError" });
    await expect(attribute("3601", "deregistration_delay.timeout_seconds")).rejects.toMatchObject({
      name: "ValidationError",
    });
    await expect(attribute("29", "slow_start.duration_seconds")).rejects.toMatchObject({
      name: "ValidationError",
    });
  });
});

describe("actions before the forward", () => {
  const oidc = (more: object): Action => ({
    Type: "authenticate-oidc",
    Order: 1,
    AuthenticateOidcConfig: {
      Issuer: "https://idp.example",
      AuthorizationEndpoint: "https://idp.example/auth",
      TokenEndpoint: "https://idp.example/token",
      UserInfoEndpoint: "https://idp.example/user",
      ClientId: "client",
      AuthenticationRequestExtraParams: { prompt: "login" },
      ...more,
    },
  });
  const last = (): Action => ({ Type: "forward", Order: 2, TargetGroupArn: stack.group("a") });
  let ruleArn: string;

  beforeEach(async () => {
    const listener = await clients.elb.send(
      new CreateListenerCommand({
        LoadBalancerArn: stack.loadBalancerArn,
        Protocol: "HTTPS",
        Port: 443,
        Certificates: [{ CertificateArn: "arn:aws:acm:us-east-1:123456789012:certificate/x" }],
        DefaultActions: [{ Type: "fixed-response", FixedResponseConfig: { StatusCode: "404" } }],
      }),
    );
    const rule = await clients.elb.send(
      new CreateRuleCommand({
        ListenerArn: listener.Listeners?.[0]?.ListenerArn,
        Priority: 1,
        Conditions: [{ Field: "path-pattern", Values: ["/*"] }],
        Actions: [last(), oidc({ ClientSecret: "hush" })],
      }),
    );
    ruleArn = rule.Rules?.[0]?.RuleArn ?? "";
  });

  const modify = (actions: Action[]) =>
    clients.elb.send(new ModifyRuleCommand({ RuleArn: ruleArn, Actions: actions }));

  it("the secret is never shown, and kept with UseExistingClientSecret", async () => {
    const { Rules } = await clients.elb.send(new DescribeRulesCommand({ RuleArns: [ruleArn] }));
    const actions = Rules?.[0]?.Actions ?? [];
    expect(actions.map((action) => action.Type)).toEqual(["authenticate-oidc", "forward"]);
    expect(actions[0]?.AuthenticateOidcConfig).toEqual({
      Issuer: "https://idp.example",
      AuthorizationEndpoint: "https://idp.example/auth",
      TokenEndpoint: "https://idp.example/token",
      UserInfoEndpoint: "https://idp.example/user",
      ClientId: "client",
      AuthenticationRequestExtraParams: { prompt: "login" },
    });
    await expect(modify(actions)).rejects.toMatchObject({ Code: "InvalidLoadBalancerAction" });
    await modify([oidc({ UseExistingClientSecret: true }), last()]);
    await modify([oidc({ UseExistingClientSecret: true }), last()]);
    await modify([last()]);
    await expect(modify([oidc({ UseExistingClientSecret: true }), last()])).rejects.toMatchObject({
      Code: "InvalidLoadBalancerAction",
    });
  });

  it("orders must be given and unique, and the routing action be last", async () => {
    const { Order: _order, ...unordered } = last();
    const secret = oidc({ ClientSecret: "hush" });
    await expect(modify([secret, unordered])).rejects.toMatchObject({ name: "ValidationError" });
    await expect(modify([secret, { ...last(), Order: 1 }])).rejects.toMatchObject({
      name: "ValidationError",
    });
    await expect(modify([{ ...secret, Order: 3 }, last()])).rejects.toMatchObject({
      Code: "InvalidLoadBalancerAction",
    });
    await expect(modify([secret])).rejects.toMatchObject({ Code: "InvalidLoadBalancerAction" });
  });

  it("logins need an HTTPS listener", async () => {
    const sent = new ModifyRuleCommand({
      RuleArn: stack.ruleArn,
      Actions: [oidc({ ClientSecret: "x" }), last()],
    });
    await expect(clients.elb.send(sent)).rejects.toMatchObject({ Code: "InvalidLoadBalancerAction" });
  });
});

describe("limits and ties", () => {
  it("at most a hundred rules per load balancer", async () => {
    const create = (Priority: number) =>
      clients.elb.send(
        new CreateRuleCommand({
          ListenerArn: stack.listenerArn,
          Priority,
          Conditions: [{ Field: "path-pattern", Values: [`/${Priority}`] }],
          Actions: [{ Type: "fixed-response", FixedResponseConfig: { StatusCode: "200" } }],
        }),
      );
    for (let priority = 100; priority < 199; priority++) await create(priority);
    await expect(create(200)).rejects.toMatchObject({ Code: "TooManyRules" });
    await expect(create(100)).rejects.toMatchObject({ Code: "PriorityInUse" });
  });

  it("priorities can be swapped at once", async () => {
    const second = createStack(simulator, { name: "two" });
    const extra = simulator.invoke("elasticloadbalancing", "CreateRule", {
      ListenerArn: second.listenerArn,
      Priority: 20,
      Conditions: [{ Field: "path-pattern", Values: ["/x"] }],
      Actions: [{ Type: "forward", TargetGroupArn: second.group("a") }],
    }) as { Rules: { RuleArn: string }[] };
    const other = extra.Rules[0]?.RuleArn;
    const set = (first: number, last: number) =>
      clients.elb.send(
        new SetRulePrioritiesCommand({
          RulePriorities: [
            { RuleArn: second.ruleArn, Priority: first },
            { RuleArn: other, Priority: last },
          ],
        }),
      );
    const { Rules } = await set(20, 10);
    expect(Rules?.map((rule) => rule.Priority)).toEqual(["20", "10"]);
    await expect(set(30, 30)).rejects.toMatchObject({ Code: "PriorityInUse" });
  });

  it("names are unique; a group in use stays; a load balancer takes its rules along", async () => {
    const again = new CreateTargetGroupCommand({ Name: "web-a", Protocol: "HTTP", Port: 80 });
    await expect(clients.elb.send(again)).rejects.toMatchObject({ Code: "DuplicateTargetGroupName" });
    const remove = () => clients.elb.send(new DeleteTargetGroupCommand({ TargetGroupArn: stack.group("a") }));
    await expect(remove()).rejects.toMatchObject({ Code: "ResourceInUse" });
    await clients.elb.send(new DeleteLoadBalancerCommand({ LoadBalancerArn: stack.loadBalancerArn }));
    const gone = clients.elb.send(new DescribeRulesCommand({ RuleArns: [stack.ruleArn] }));
    await expect(gone).rejects.toMatchObject({ Code: "RuleNotFound" });
    await remove();
  });
});
