import {
  type Action,
  CreateListenerCommand,
  CreateLoadBalancerCommand,
  CreateRuleCommand,
  CreateTargetGroupCommand,
  DescribeRulesCommand,
  ElasticLoadBalancingV2Client,
  ModifyRuleCommand,
  RegisterTargetsCommand,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import { type Aws, createAws } from "../../src/aws/clients.ts";
import type { Destination } from "../../src/core/observed.ts";
import { createAlbFleet } from "../../src/routers/alb/fleet.ts";
import { createAlbRouter } from "../../src/routers/alb/router.ts";
import type { TrafficRouter } from "../../src/routers/router.ts";
import { strip } from "./alb-actions.ts";
import { testBudgets, testCredentials, testTimeouts } from "./alb-simulator-world.ts";
import { defaultNetwork, startMoto } from "./moto.ts";
import type { RouterWorld, Scene, SceneSpec } from "./router-world.ts";

/** What moto cannot do; see its documentation of elbv2 and the tests of its authors. */
export const motoCannot: RouterWorld["cannot"] = {
  faults: "moto has no throttling, refusals, delays or lost answers",
  calls: "moto keeps no log of calls",
  health: "moto's targets are always healthy and never drain",
};

const nothing = (what: string): never => {
  throw new Error(`moto cannot do this: ${what}`);
};

type Groups = Readonly<Record<"a" | "b" | "c", string>>;

const must = <T>(value: T | undefined): T => value ?? nothing("answer without what was created");

let scenes = 0;

const forward = (groups: Groups, weights: Readonly<Record<string, number>>, sticky?: number): Action => ({
  Type: "forward",
  ForwardConfig: {
    TargetGroups: Object.entries(weights).map(([name, Weight]) => ({
      TargetGroupArn: groups[name as keyof Groups],
      Weight,
    })),
    ...(sticky === undefined
      ? {}
      : { TargetGroupStickinessConfig: { Enabled: true, DurationSeconds: sticky } }),
  },
});

async function createGroups(
  client: ElasticLoadBalancingV2Client,
  name: string,
  vpc: string,
): Promise<Groups> {
  const make = async (letter: string): Promise<string> => {
    const input = {
      Name: `${name}-${letter}`,
      Protocol: "HTTP",
      Port: 8080,
      TargetType: "ip",
      VpcId: vpc,
    } as const;
    const { TargetGroups } = await client.send(new CreateTargetGroupCommand(input));
    return must(TargetGroups?.[0]?.TargetGroupArn);
  };
  return { a: await make("a"), b: await make("b"), c: await make("c") };
}

/** Flaws are the first target's. */
function weightsOf(spec: SceneSpec, isFirst: boolean): Readonly<Record<string, number>> {
  const { a, b } = spec.weights ?? { a: 100, b: 0 };
  const lacksB = isFirst && spec.lacksB === true;
  return {
    a,
    ...(lacksB ? {} : { b }),
    ...(isFirst && spec.third !== undefined ? { c: spec.third } : {}),
  };
}

async function createRules(
  client: ElasticLoadBalancingV2Client,
  name: string,
  groups: Groups,
  subnets: readonly string[],
  spec: SceneSpec,
): Promise<readonly string[]> {
  const balancer = await client.send(new CreateLoadBalancerCommand({ Name: name, Subnets: [...subnets] }));
  const fixed: Action = { Type: "fixed-response", FixedResponseConfig: { StatusCode: "404" } };
  const listener = await client.send(
    new CreateListenerCommand({
      LoadBalancerArn: must(balancer.LoadBalancers?.[0]?.LoadBalancerArn),
      Protocol: "HTTP",
      Port: 80,
      DefaultActions: [fixed],
    }),
  );
  const arns: string[] = [];
  for (let index = 0; index < (spec.targets ?? 1); index += 1) {
    const { Rules } = await client.send(
      new CreateRuleCommand({
        ListenerArn: must(listener.Listeners?.[0]?.ListenerArn),
        Priority: 10 + index,
        Conditions: [{ Field: "path-pattern", Values: [`/p${index}/*`] }],
        Actions: [forward(groups, weightsOf(spec, index === 0), spec.sticky)],
      }),
    );
    arns.push(must(Rules?.[0]?.RuleArn));
  }
  return arns;
}

class MotoScene implements Scene {
  readonly targets: readonly string[];
  readonly extra?: string;
  readonly router: TrafficRouter;
  readonly #client: ElasticLoadBalancingV2Client;
  readonly #aws: Aws;
  readonly #groups: Groups;

  constructor(
    client: ElasticLoadBalancingV2Client,
    aws: Aws,
    groups: Groups,
    targets: readonly string[],
    spec: SceneSpec,
  ) {
    this.#client = client;
    this.#aws = aws;
    this.#groups = groups;
    this.targets = targets;
    if (spec.extra === "missing") this.extra = `${targets[0]?.slice(0, -4)}dead`;
    if (spec.extra === "malformed") this.extra = "arn:nonsense";
    this.router = this.fresh();
  }

  fresh(): TrafficRouter {
    const arns = this.extra === undefined ? this.targets : [this.extra, ...this.targets];
    return createAlbRouter({
      config: {
        region: "us-east-1",
        rules: arns.map((arn) => ({ arn })),
        targetGroups: { a: this.#groups.a, b: this.#groups.b },
        bindTargets: false,
      },
      fleet: createAlbFleet(this.#aws),
    });
  }

  async weights(target: string): Promise<Readonly<Record<Destination, number>>> {
    const tuples = (await this.#actions(target)).flatMap(
      (action) => action.ForwardConfig?.TargetGroups ?? [],
    );
    const of = (arn: string): number => tuples.find((each) => each.TargetGroupArn === arn)?.Weight ?? 0;
    return { a: of(this.#groups.a), b: of(this.#groups.b) };
  }

  async setWeights(target: string, weights: Readonly<Record<Destination, number>>): Promise<void> {
    const Actions = [forward(this.#groups, weights)];
    await this.#client.send(new ModifyRuleCommand({ RuleArn: target, Actions }));
  }

  async rest(target: string, options = { withoutStickiness: false }): Promise<unknown> {
    const groups = [this.#groups.a, this.#groups.b];
    return strip(await this.#actions(target), groups, options.withoutStickiness);
  }

  async register(destination: Destination, address: string): Promise<void> {
    const Targets = [{ Id: address, Port: 8080 }];
    await this.#client.send(
      new RegisterTargetsCommand({ TargetGroupArn: this.#groups[destination], Targets }),
    );
  }

  fault(): never {
    return nothing("faults");
  }

  calls(): never {
    return nothing("calls");
  }

  aged(): Promise<void> {
    return nothing("stale reads");
  }

  setHealthy(): Promise<void> {
    return nothing("health");
  }

  deregister(): Promise<void> {
    return nothing("draining");
  }

  async #actions(target: string): Promise<readonly Action[]> {
    const { Rules } = await this.#client.send(new DescribeRulesCommand({ RuleArns: [target] }));
    return Rules?.[0]?.Actions ?? [];
  }
}

/** Starts moto for the contract. */
export async function startMotoWorld(python: string): Promise<RouterWorld> {
  const moto = await startMoto(python);
  const network = await defaultNetwork(moto.endpoint);
  const settings = { endpoint: moto.endpoint, credentials: testCredentials };
  const client = new ElasticLoadBalancingV2Client({ ...settings, region: "us-east-1" });
  const aws = createAws({
    version: "contract",
    ...settings,
    requestTimeoutMs: testTimeouts,
    budgets: testBudgets,
  });
  return {
    name: "moto",
    cannot: motoCannot,
    async scene(spec = {}) {
      scenes += 1;
      const name = `scene${scenes}x`;
      const groups = await createGroups(client, name, network.vpc);
      const targets = await createRules(client, name, groups, network.subnets, spec);
      return new MotoScene(client, aws, groups, targets, spec);
    },
    async stop() {
      aws.destroy();
      client.destroy();
      await moto.stop();
    },
  };
}
