import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { RouteData, RouteSpec, WeightedTarget } from "@aws-sdk/client-app-mesh";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createAws } from "../../src/aws/clients.ts";
import type { Destination, TargetRead } from "../../src/core/observed.ts";
import { createAppMeshFleet } from "../../src/routers/app-mesh/fleet.ts";
import { createAppMeshRouter } from "../../src/routers/app-mesh/router.ts";
import type { TrafficRouter } from "../../src/routers/router.ts";
import { createMeshStack } from "../aws-simulator/app-mesh/fixtures.ts";
import { conflict } from "../aws-simulator/app-mesh/metadata.ts";
import type { Simulator } from "../aws-simulator/simulator.ts";
import { testCredentials } from "./alb-simulator-world.ts";
import { type MeshWorld, startMeshWorld } from "./app-mesh-simulator-world.ts";
import { eventually, timed } from "./conditions.ts";
import { readFirst } from "./router-reads.ts";
import { rollback } from "./router-rollbacks.ts";
import { raise } from "./router-shifts.ts";

let world: MeshWorld;
let simulator: Simulator;

beforeAll(async () => {
  world = await startMeshWorld();
  ({ simulator } = world);
});
afterAll(async () => {
  await world.stop();
});

const place = (meshName: string) => ({ meshName, virtualRouterName: "api", routeName: "main" });
const virtualNodes: Readonly<Record<Destination, string>> = { a: "a", b: "b" };

interface MeshSpec {
  readonly weights?: Readonly<Record<string, number>>;
  readonly spec?: (targets: WeightedTarget[]) => RouteSpec;
}

/** A mesh of that name in the simulator. @returns the route's ARN */
const mesh = (name: string, { weights, spec }: MeshSpec = {}): string =>
  createMeshStack(simulator, {
    mesh: name,
    router: "api",
    route: "main",
    ...(weights ? { weights } : {}),
    ...(spec ? { spec: (targets) => spec([...targets]) } : {}),
  });

const routerFor = (meshName: string, aws = world.aws, more: object = {}): TrafficRouter =>
  createAppMeshRouter({
    config: { region: "us-east-1", ...place(meshName), virtualNodes, ...more },
    fleet: createAppMeshFleet(aws),
  });

const routeOf = (name: string): RouteData =>
  simulator.invoke("appmesh", "DescribeRoute", place(name)) as unknown as RouteData;

/** Somebody else's write. */
const rewrite = (name: string, spec: RouteSpec): void => {
  simulator.invoke("appmesh", "UpdateRoute", { ...place(name), spec });
};

const written = async (router: TrafficRouter, request: Parameters<TrafficRouter["write"]>[0]) =>
  (await router.write(request)).targets[0] as TargetRead;

const tokensOf = (name: string): readonly unknown[] =>
  simulator
    .callsOf("UpdateRoute")
    .filter(({ input }) => input["meshName"] === name)
    .map(({ input }) => input["clientToken"]);

describe("every kind of route", () => {
  const timeout = { idle: { unit: "s", value: 60 } } as const;
  const kinds: Readonly<Record<string, (weightedTargets: WeightedTarget[]) => RouteSpec>> = {
    http: (weightedTargets) => ({
      priority: 1,
      httpRoute: { match: { prefix: "/" }, action: { weightedTargets }, timeout },
    }),
    http2: (weightedTargets) => ({
      http2Route: {
        match: {
          path: { exact: "/infer" },
          headers: [{ name: "x", match: { range: { start: 1, end: 9 } } }],
        },
        action: { weightedTargets },
        retryPolicy: {
          maxRetries: 3,
          perRetryTimeout: { unit: "ms", value: 100 },
          httpRetryEvents: ["stream-error"],
        },
      },
    }),
    grpc: (weightedTargets) => ({
      priority: 500,
      grpcRoute: {
        match: { serviceName: "ai.Model", metadata: [{ name: "tier", match: { suffix: "gold" } }] },
        action: { weightedTargets },
        retryPolicy: {
          maxRetries: 1,
          perRetryTimeout: { unit: "s", value: 1 },
          grpcRetryEvents: ["unavailable", "cancelled"],
        },
        timeout: { perRequest: { unit: "s", value: 0 }, ...timeout },
      },
    }),
    tcp: (weightedTargets) => ({
      tcpRoute: { match: { port: 9000 }, action: { weightedTargets }, timeout },
    }),
  };

  it.each(Object.entries(kinds))(
    "%s: raised and taken back over the wire, all else to the letter",
    async (kind, spec) => {
      const name = `kind-${kind}`;
      mesh(name, { spec: (targets) => spec(targets.map((target) => ({ ...target, port: 8080 }))) });
      const before = routeOf(name).spec;
      const router = routerFor(name);
      expect(router.description).toBe("App Mesh route");
      expect(await readFirst(router)).toMatchObject({ kind: "Route", shares: { a: 100, b: 0 } });
      expect(await written(router, raise(0, 25))).toMatchObject({ raw: { a: 75, b: 25 } });
      const raised = spec([
        { virtualNode: "a", weight: 75, port: 8080 },
        { virtualNode: "b", weight: 25, port: 8080 },
      ]);
      expect(routeOf(name).spec).toEqual(raised);
      expect(await written(router, rollback)).toMatchObject({ raw: { a: 100, b: 0 } });
      expect(routeOf(name).spec).toEqual(before);
    },
  );
});

describe("weights", () => {
  it("of a foreign scale are read as shares, expected as shares, and written as percents", async () => {
    mesh("scale", { weights: { a: 9, b: 1 } });
    const router = routerFor("scale");
    expect(await readFirst(router)).toMatchObject({ raw: { a: 9, b: 1 }, shares: { a: 90, b: 10 } });
    expect(await written(router, raise(10, 10))).toMatchObject({ raw: { a: 9, b: 1 } });
    expect(tokensOf("scale")).toEqual([]);
    expect(await written(router, raise(10, 50))).toMatchObject({ raw: { a: 50, b: 50 } });
  });

  it("within a sum of 100 that a third node has a part of: a rollback gives stable the rest", async () => {
    mesh("third", { weights: { a: 40, b: 40, c: 20 } });
    const router = routerFor("third");
    expect(await readFirst(router)).toMatchObject({ refusal: { reason: "ThirdGroupHasWeight" } });
    expect(await written(router, rollback)).toMatchObject({ raw: { a: 80, b: 0 }, shares: { a: 100, b: 0 } });
  });
});

describe("client tokens", () => {
  it("every write has one of its own", async () => {
    mesh("tokens");
    const router = routerFor("tokens");
    await router.write(raise(0, 10));
    await router.write(raise(10, 50));
    await router.write(rollback);
    await router.write(rollback);
    const tokens = tokensOf("tokens");
    expect(new Set(tokens).size).toBe(4);
    for (const token of tokens) expect(token).toMatch(/^[0-9a-f-]{36}$/);
  });

  it("the attempts of one rollback share it, so that one whose answer got lost is not applied twice", async () => {
    mesh("retried", { weights: { a: 50, b: 50 } });
    const router = routerFor("retried");
    const fault = simulator.faults.add({
      kind: "lostAnswer",
      operation: "UpdateRoute",
      resource: '"retried"',
      times: 1,
    });
    expect(await written(router, rollback)).toMatchObject({ shares: { a: 100, b: 0 } });
    expect(fault.hits).toBe(1);
    const [first, second, ...more] = tokensOf("retried");
    expect(more).toEqual([]);
    expect(second).toBe(first);
    expect(routeOf("retried").metadata?.version).toBe(2);
  });

  it("a conflict with another write at the same time passes: a rollback comes again", async () => {
    mesh("conflict", { weights: { a: 50, b: 50 } });
    let met = 0;
    const stop = simulator.onBeforeCall(({ operation, input }) => {
      if (operation !== "UpdateRoute" || input["meshName"] !== "conflict" || met > 0) return;
      met += 1;
      throw conflict("The route is being updated");
    });
    const router = routerFor("conflict");
    const { value, ms } = await timed(() => written(router, rollback));
    stop();
    expect(met).toBe(1);
    expect(value).toMatchObject({ shares: { a: 100, b: 0 } });
    expect(value.problem).toBeUndefined();
    expect(ms).toBeLessThan(1_000);
  });
});

describe("somebody else's writes", () => {
  const doubled = (name: string): RouteSpec => ({ ...routeOf(name).spec, priority: 9 });

  it("are seen by the version, although the weights are as we left them", async () => {
    mesh("foreign");
    const router = routerFor("foreign");
    expect((await written(router, raise(0, 10))).note).toBeUndefined();
    rewrite("foreign", doubled("foreign"));
    const read = await readFirst(router);
    expect(read).toMatchObject({ shares: { a: 90, b: 10 } });
    expect(read.note).toMatch(/somebody else has written the route.*version 3, ours was 2/);
    const raised = await written(router, raise(10, 50));
    expect(raised).toMatchObject({ shares: { a: 50, b: 50 } });
    expect(raised.note).toBeUndefined();
    expect(routeOf("foreign").spec?.priority).toBe(9);
  });

  it("between our read and our write are told of: UpdateRoute knows no precondition", async () => {
    mesh("between");
    const router = routerFor("between");
    const stop = simulator.onBeforeCall(({ operation, input }) => {
      if (operation === "UpdateRoute" && input["meshName"] === "between")
        rewrite("between", doubled("between"));
    });
    const read = await written(router, raise(0, 10));
    stop();
    expect(read.problem).toBeUndefined();
    expect(read.shares).toEqual({ a: 90, b: 10 });
    expect(read.note).toMatch(
      /another write came between our read \(version 1\) and our write \(version 3\)/,
    );
  });
});

describe("whose route it is", () => {
  it("CloudFormation's is refused, naming the tag; a rollback goes through all the same", async () => {
    const arn = mesh("stacked", { weights: { a: 50, b: 50 } });
    const key = "aws:cloudformation:stack-name";
    simulator.world.region(simulator.account, simulator.region).appMesh.tags.set(arn, { [key]: "shop" });
    const router = routerFor("stacked");
    const read = await readFirst(router);
    expect(read.refusal?.reason).toBe("OwnedByAnother");
    expect(read.refusal?.message).toMatch(
      /CloudFormation owns appmesh:us-east-1:mesh\/stacked\/virtualRouter\/api\/route\/main.*cloudformation:stack-name/,
    );
    await router.write(raise(50, 80));
    expect(await readFirst(router)).toMatchObject({ raw: { a: 50, b: 50 } });
    expect(await written(router, rollback)).toMatchObject({ raw: { a: 100, b: 0 } });
  });

  it("tags that cannot be read are a problem that names the IAM action", async () => {
    mesh("tagless");
    const fault = simulator.faults.add({ kind: "denied", operation: "ListTagsForResource" });
    const router = routerFor("tagless");
    const read = await readFirst(router);
    expect(read.problem).toMatchObject({ kind: "denied" });
    expect(read.problem?.message).toContain("appmesh:ListTagsForResource");
    await router.write(raise(0, 10));
    expect(tokensOf("tagless")).toEqual([]);
    fault.remove();
    await eventually(
      () => readFirst(router),
      ({ problem }) => problem === undefined,
    );
  });

  it("tags once read are believed while the service throttles", async () => {
    mesh("tagged");
    const router = routerFor("tagged");
    await readFirst(router);
    const fault = simulator.faults.add({ kind: "throttle", operation: "ListTagsForResource" });
    expect((await readFirst(router)).problem).toBeUndefined();
    expect(fault.hits).toBe(0);
    fault.remove();
  });
});

describe("the end of the service", () => {
  it("is said of a route that is not there, which rests before it is asked for again", async () => {
    const router = routerFor("nowhere");
    const read = await readFirst(router);
    expect(read).toMatchObject({
      kind: "Route",
      id: "appmesh:us-east-1:mesh/nowhere/virtualRouter/api/route/main",
    });
    expect(read.problem?.kind).toBe("notFound");
    expect(read.problem?.message).toMatch(/no mesh named nowhere; AWS ended App Mesh on 2026-09-30/);
    await readFirst(router);
    const asked = simulator.callsOf("DescribeRoute").filter(({ input }) => input["meshName"] === "nowhere");
    expect(asked).toHaveLength(1);
    const back = await written(router, rollback);
    expect(back.problem?.kind).toBe("notFound");
    expect(tokensOf("nowhere")).toEqual([]);
  });

  /** What stands where the service was. */
  const ruins = async (status: number): Promise<{ server: Server; endpoint: string }> => {
    const server = createServer((_, response) => {
      response.writeHead(status, { "content-type": "text/html" }).end("<html><h1>Gone</h1></html>");
    });
    await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
    return { server, endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
  };

  it.each([
    [403, "denied"],
    [404, "notFound"],
    [410, "notFound"],
  ] as const)("a page with status %i is final", async (status, kind) => {
    const { server, endpoint } = await ruins(status);
    const aws = createAws({ version: "contract", endpoint, credentials: testCredentials });
    try {
      const { value, ms } = await timed(() => readFirst(routerFor("gone", aws)));
      expect(value.problem?.kind).toBe(kind);
      expect(value.problem?.message).toMatch(
        /^DescribeRoute in us-east-1: .*AWS ended App Mesh on 2026-09-30$/,
      );
      expect(ms).toBeLessThan(1_000);
    } finally {
      aws.destroy();
      server.closeAllConnections();
      await new Promise((resolve) => void server.close(resolve));
    }
  });

  it("every App Mesh router says so, and what it was proved against", () => {
    const { notice = "" } = routerFor("any");
    expect(notice).toMatch(/AWS ended App Mesh on 2026-09-30.*simulator only/);
    expect(notice.length).toBeLessThan(200);
  });
});

describe("a shared mesh", () => {
  it("is named by its owner in every request", async () => {
    mesh("shared");
    const router = routerFor("shared", world.aws, { meshOwner: "999999999999" });
    await router.write(raise(0, 10));
    await router.write(rollback);
    const calls = simulator.calls.filter(({ input }) => input["meshName"] === "shared");
    expect(new Set(calls.map(({ operation }) => operation))).toEqual(
      new Set(["DescribeRoute", "UpdateRoute"]),
    );
    for (const { input } of calls) expect(input["meshOwner"]).toBe("999999999999");
  });
});

describe("the budget", () => {
  it("holds back drift checks and never a rollback", async () => {
    mesh("budget", { weights: { a: 50, b: 50 } });
    const aws = createAws({
      version: "contract",
      endpoint: simulator.endpoint,
      credentials: testCredentials,
      budgets: { appmesh: { burst: 4, perSecond: 0.2 } },
    });
    try {
      const router = routerFor("budget", aws);
      await readFirst(router);
      const stop = new AbortController();
      const drift = router.read({ maxAgeMs: 0, priority: "drift", signal: stop.signal });
      await eventually(
        () => aws.budget("appmesh", "us-east-1").waiting,
        (waiting) => waiting === 1,
      );
      const { value, ms } = await timed(() => written(router, rollback));
      expect(ms).toBeLessThan(1_000);
      expect(value).toMatchObject({ shares: { a: 100, b: 0 } });
      stop.abort();
      expect((await drift).targets[0]?.problem?.kind).toBe("unreachable");
    } finally {
      aws.destroy();
    }
  });
});

describe("what AWS sees", () => {
  it("every call carries the operator's name and version", async () => {
    mesh("agent");
    await readFirst(routerFor("agent"));
    expect(simulator.callsOf("DescribeRoute").at(-1)?.userAgent).toContain("modelrollout/contract");
  });
});
