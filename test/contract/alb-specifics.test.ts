import type { Action } from "@aws-sdk/client-elastic-load-balancing-v2";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createAws } from "../../src/aws/clients.ts";
import { createAlbFleet } from "../../src/routers/alb/fleet.ts";
import { createAlbRouter } from "../../src/routers/alb/router.ts";
import type { TrafficRouter } from "../../src/routers/router.ts";
import { createStack, type Stack, type StackSpec } from "../aws-simulator/fixtures.ts";
import type { Simulator } from "../aws-simulator/simulator.ts";
import { type SimulatorWorld, startSimulatorWorld, testCredentials } from "./alb-simulator-world.ts";
import { eventually, timed } from "./conditions.ts";
import { readFirst } from "./router-reads.ts";
import { rollback } from "./router-rollbacks.ts";
import { raise } from "./router-shifts.ts";

let world: SimulatorWorld;
let simulator: Simulator;

beforeAll(async () => {
  world = await startSimulatorWorld();
  ({ simulator } = world);
});
afterAll(async () => {
  await world.stop();
});

const routerFor = (stack: Stack, arns: readonly string[] = [stack.ruleArn], aws = world.aws): TrafficRouter =>
  createAlbRouter({
    config: {
      rules: arns.map((arn) => ({ arn })),
      targetGroups: { a: stack.group("a"), b: stack.group("b") },
      bindTargets: true,
    },
    fleet: createAlbFleet(aws),
  });

const tag = (arn: string, Key: string, Value = "x"): void => {
  simulator.invoke("elasticloadbalancing", "AddTags", { ResourceArns: [arn], Tags: [{ Key, Value }] });
};

const attribute = (arn: string, Key: string, Value: string): void => {
  const Attributes = [{ Key, Value }];
  simulator.invoke("elasticloadbalancing", "ModifyTargetGroupAttributes", {
    TargetGroupArn: arn,
    Attributes,
  });
};

describe("default actions", () => {
  it("a listener's ARN means its default action, read and written through the listener", async () => {
    const stack = createStack(simulator, { name: "default1", listenerRule: false });
    const router = routerFor(stack);
    expect(router.description).toBe("ALB default action");
    expect(await readFirst(router)).toMatchObject({ kind: "Listener", shares: { a: 100, b: 0 } });
    expect((await router.write(raise(0, 25))).targets[0]).toMatchObject({ shares: { a: 75, b: 25 } });
    expect((await router.write(rollback)).targets[0]).toMatchObject({ shares: { a: 100, b: 0 } });
    expect(Object.values(simulator.elb.weights(stack.listenerArn))).toEqual([100, 0]);
  });

  it("a rule and a listener of one rollout are both driven", async () => {
    const stack = createStack(simulator, { name: "default2" });
    const actions = simulator.elb.actions(stack.ruleArn);
    const input = { ListenerArn: stack.listenerArn, DefaultActions: actions };
    simulator.invoke("elasticloadbalancing", "ModifyListener", input);
    const router = routerFor(stack, [stack.listenerArn, stack.ruleArn]);
    const { targets } = await router.write(raise(0, 40));
    expect(targets.map(({ kind, shares }) => [kind, shares?.b])).toEqual([
      ["Listener", 40],
      ["ListenerRule", 40],
    ]);
  });

  it("the default rule's own ARN is refused, naming the listener's", async () => {
    const stack = createStack(simulator, { name: "default3", listenerRule: false });
    const described = simulator.invoke("elasticloadbalancing", "DescribeRules", {
      ListenerArn: stack.listenerArn,
    }) as { Rules: readonly { RuleArn: string }[] };
    const read = await readFirst(routerFor(stack, [described.Rules[0]?.RuleArn ?? ""]));
    expect(read.problem?.kind).toBe("invalid");
    expect(read.problem?.message).toContain(`name ${stack.listenerArn} instead`);
  });
});

describe("the whole list of actions", () => {
  const httpsStack = (name: string): { stack: Stack; rule: string } => {
    const stack = createStack(simulator, { name });
    const listener = simulator.invoke("elasticloadbalancing", "CreateListener", {
      LoadBalancerArn: stack.loadBalancerArn,
      Protocol: "HTTPS",
      Port: 443,
      Certificates: [{ CertificateArn: "arn:aws:acm:us-east-1:123456789012:certificate/1" }],
      DefaultActions: [{ Type: "fixed-response", FixedResponseConfig: { StatusCode: "404" } }],
    }) as { Listeners: readonly { ListenerArn: string }[] };
    const login = {
      Type: "authenticate-oidc",
      Order: 1,
      AuthenticateOidcConfig: {
        Issuer: "https://id.example",
        AuthorizationEndpoint: "https://id.example/a",
        TokenEndpoint: "https://id.example/t",
        UserInfoEndpoint: "https://id.example/u",
        ClientId: "client",
        ClientSecret: "top-secret",
        OnUnauthenticatedRequest: "authenticate",
      },
    };
    const [forward] = simulator.elb.actions(stack.ruleArn);
    const created = simulator.invoke("elasticloadbalancing", "CreateRule", {
      ListenerArn: listener.Listeners[0]?.ListenerArn,
      Priority: 1,
      Conditions: [{ Field: "path-pattern", Values: ["/login/*"] }],
      Actions: [login, { ...forward, Order: 2 }],
    }) as { Rules: readonly { RuleArn: string }[] };
    return { stack, rule: created.Rules[0]?.RuleArn ?? "" };
  };

  it("a login before the forward is written back with its secret untouched, also by a rollback", async () => {
    const { stack, rule } = httpsStack("login");
    const login = (): Action | undefined =>
      simulator.world.region("123456789012", "us-east-1").elb.rules.get(rule)?.actions[0];
    const before = login();
    expect(before?.AuthenticateOidcConfig?.ClientSecret).toBe("top-secret");
    const router = routerFor(stack, [rule]);
    await router.write(raise(0, 30));
    expect(Object.values(simulator.elb.weights(rule))).toEqual([70, 30]);
    expect(login()).toEqual(before);
    await router.write(rollback);
    expect(Object.values(simulator.elb.weights(rule))).toEqual([100, 0]);
    expect(login()).toEqual(before);
  });

  it("an action that is no forward is refused", async () => {
    const stack = createStack(simulator, { name: "fixed" });
    const read = await readFirst(routerFor(stack, [stack.listenerArn]));
    expect(read.refusal).toMatchObject({ reason: "NotAForward" });
    expect(read.refusal?.message).toContain("fixed-response");
  });

  it("a forward to one group only is a missing group", async () => {
    const stack = createStack(simulator, { name: "single" });
    const Actions = [{ Type: "forward", TargetGroupArn: stack.group("b") }];
    simulator.invoke("elasticloadbalancing", "ModifyRule", { RuleArn: stack.ruleArn, Actions });
    const read = await readFirst(routerFor(stack));
    expect(read.refusal).toMatchObject({ reason: "GroupMissing" });
    expect(read.refusal?.message).toContain("single-a");
    expect(read.shares).toEqual({ a: 0, b: 100 });
  });

  it("a rule in another region than the spec says is invalid", async () => {
    const stack = createStack(simulator, { name: "elsewhere" });
    const router = createAlbRouter({
      config: {
        region: "eu-west-1",
        rules: [{ arn: stack.ruleArn }],
        targetGroups: { a: stack.group("a"), b: stack.group("b") },
        bindTargets: true,
      },
      fleet: createAlbFleet(world.aws),
    });
    expect((await readFirst(router)).problem?.message).toContain("but traffic.alb.region says eu-west-1");
  });
});

describe("whose rule it is", () => {
  const owners: readonly [tag: string, on: "rule" | "listener" | "loadBalancer", who: string][] = [
    ["elbv2.k8s.aws/cluster", "rule", "AWS Load Balancer Controller"],
    ["ingress.k8s.aws/stack", "listener", "AWS Load Balancer Controller"],
    ["service.k8s.aws/stack", "loadBalancer", "AWS Load Balancer Controller"],
    ["gateway.k8s.aws.alb/stack", "listener", "Gateway API"],
    ["application-networking.k8s.aws/ManagedBy", "rule", "VPC Lattice"],
  ];
  it.each(owners)(
    "tag %s on the %s: refused, naming %s; a rollback goes through all the same",
    async (key, on, who) => {
      const stack = createStack(simulator, {
        name: `own${owners.findIndex(([each]) => each === key)}`,
        weights: { a: 50, b: 50 },
      });
      const arn = { rule: stack.ruleArn, listener: stack.listenerArn, loadBalancer: stack.loadBalancerArn }[
        on
      ];
      tag(arn, key);
      const router = routerFor(stack);
      const read = await readFirst(router);
      expect(read.refusal?.reason).toBe("OwnedByAnother");
      expect(read.refusal?.message).toContain(who);
      expect(read.refusal?.message).toContain(key);
      await router.write(raise(50, 80));
      expect(Object.values(simulator.elb.weights(stack.ruleArn))).toEqual([50, 50]);
      await router.write(rollback);
      expect(Object.values(simulator.elb.weights(stack.ruleArn))).toEqual([100, 0]);
    },
  );

  it("CloudFormation's tag counts on the rule itself, not on the load balancer it may well have made", async () => {
    const spec: StackSpec = { name: "stacked" };
    const stack = createStack(simulator, spec);
    const key = "aws:cloudformation:stack-name";
    const setTags = (arn: string): void => {
      simulator.world.region("123456789012", "us-east-1").elb.tags.set(arn, { [key]: "shop" });
    };
    setTags(stack.loadBalancerArn);
    setTags(stack.listenerArn);
    expect((await readFirst(routerFor(stack))).refusal).toBeUndefined();
    setTags(stack.ruleArn);
    expect((await readFirst(routerFor(stack))).refusal?.message).toContain("CloudFormation");
  });

  it("tags that cannot be read are a problem that names the IAM action", async () => {
    const stack = createStack(simulator, { name: "tagless" });
    const fault = simulator.faults.add({ kind: "denied", operation: "DescribeTags" });
    const router = routerFor(stack);
    const read = await readFirst(router);
    expect(read.problem).toMatchObject({ kind: "denied" });
    expect(read.problem?.message).toContain("elasticloadbalancing:DescribeTags");
    await router.write(raise(0, 10));
    expect(Object.values(simulator.elb.weights(stack.ruleArn))).toEqual([1, 0]);
    fault.remove();
    await eventually(
      () => readFirst(router),
      ({ problem }) => problem === undefined,
    );
  });

  it("tags once read are believed while the service throttles", async () => {
    const stack = createStack(simulator, { name: "tagged" });
    const router = routerFor(stack);
    await readFirst(router);
    const asked = simulator.callsOf("DescribeTags").length;
    const fault = simulator.faults.add({
      kind: "throttle",
      operation: ["DescribeTags", "DescribeTargetGroupAttributes"],
    });
    expect((await readFirst(router)).problem).toBeUndefined();
    fault.remove();
    expect(simulator.callsOf("DescribeTags")).toHaveLength(asked);
  });
});

describe("stickiness of the targets themselves", () => {
  it("is refused from the start", async () => {
    const stickiness = { Enabled: true, DurationSeconds: 60 };
    const stack = createStack(simulator, { name: "sticky1", stickiness });
    attribute(stack.group("b"), "stickiness.enabled", "true");
    const read = await readFirst(routerFor(stack));
    expect(read.refusal?.reason).toBe("StickyTargets");
    expect(read.refusal?.message).toContain("sticky1-b");
  });

  it("switched on in mid-release, it makes AWS refuse weights and stickiness together: the weights go alone, at once", async () => {
    const stickiness = { Enabled: true, DurationSeconds: 60 };
    const stack = createStack(simulator, { name: "sticky2", stickiness, weights: { a: 50, b: 50 } });
    const router = routerFor(stack);
    await readFirst(router);
    attribute(stack.group("b"), "stickiness.enabled", "true");
    const { value, ms } = await timed(() => router.write(rollback));
    expect(ms).toBeLessThan(1_000);
    expect(value.targets[0]).toMatchObject({ shares: { a: 100, b: 0 }, stickySeconds: 60 });
    expect(value.targets[0]?.problem).toBeUndefined();
  });
});

describe("the budget", () => {
  it("holds back drift checks and never a rollback", async () => {
    const stack = createStack(simulator, { name: "budget", weights: { a: 50, b: 50 } });
    const aws = createAws({
      version: "contract",
      endpoint: simulator.endpoint,
      credentials: testCredentials,
      // A first look takes two: the rule, and the tags. What is left is less than drift checks leave behind.
      budgets: { elasticloadbalancing: { burst: 5, perSecond: 0.2 } },
    });
    try {
      const router = routerFor(stack, [stack.ruleArn], aws);
      await readFirst(router);
      const stop = new AbortController();
      const drift = router.read({ maxAgeMs: 0, priority: "drift", signal: stop.signal });
      await eventually(
        () => aws.budget("elasticloadbalancing", "us-east-1").waiting,
        (waiting) => waiting === 1,
      );
      const { value, ms } = await timed(() => router.write(rollback));
      expect(ms).toBeLessThan(1_000);
      expect(value.targets[0]).toMatchObject({ shares: { a: 100, b: 0 } });
      stop.abort();
      expect((await drift).targets[0]?.problem?.kind).toBe("unreachable");
    } finally {
      aws.destroy();
    }
  });
});

describe("credentials", () => {
  /** A chain that answers at first and hangs later, as an STS that went away does. */
  const flaky = () => {
    const state = { hang: false, asked: 0 };
    const credentials = async () => {
      state.asked += 1;
      if (state.hang) await new Promise(() => {});
      // Already expired, so that every call asks again.
      return { ...testCredentials, expiration: new Date(0) };
    };
    const aws = createAws({ version: "contract", endpoint: simulator.endpoint, credentials });
    return { aws, state };
  };

  it("that do not come are a problem within bounded time, on every path", async () => {
    const stack = createStack(simulator, { name: "creds", weights: { a: 50, b: 50 } });
    const { aws, state } = flaky();
    try {
      const router = routerFor(stack, [stack.ruleArn], aws);
      expect((await readFirst(router)).problem).toBeUndefined();
      state.hang = true;
      const raised = await timed(() => router.write(raise(50, 80)));
      expect(raised.value.targets[0]?.problem?.kind).toBe("unreachable");
      expect(raised.ms).toBeLessThan(8_000);
      const back = await timed(() => router.write(rollback));
      expect(back.value.targets[0]?.problem?.kind).toBe("unreachable");
      expect(back.ms).toBeLessThan(11_000);
      expect(Object.values(simulator.elb.weights(stack.ruleArn))).toEqual([50, 50]);
    } finally {
      aws.destroy();
    }
  });

  it("are found once and shared by all clients, so that a rollback has them", async () => {
    const stack = createStack(simulator, { name: "shared", weights: { a: 50, b: 50 } });
    let asked = 0;
    const credentials = async () => {
      asked += 1;
      return testCredentials;
    };
    const aws = createAws({ version: "contract", endpoint: simulator.endpoint, credentials });
    try {
      const router = routerFor(stack, [stack.ruleArn], aws);
      await readFirst(router);
      await router.write(rollback);
      expect(asked).toBe(1);
    } finally {
      aws.destroy();
    }
  });
});

describe("what AWS sees", () => {
  it("every call carries the operator's name and version", async () => {
    const stack = createStack(simulator, { name: "agent" });
    await readFirst(routerFor(stack));
    expect(simulator.callsOf("DescribeRules").at(-1)?.userAgent).toContain("modelrollout/contract");
  });
});
