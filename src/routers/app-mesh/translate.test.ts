import type { RouteSpec, WeightedTarget } from "@aws-sdk/client-app-mesh";
import { assert, constantFrom, integer, option, property, record } from "fast-check";
import { describe, expect, it } from "vitest";
import { fulfils } from "../target-driver.ts";
import { readRoute, writeRoute } from "./translate.ts";

const nodes = { a: "shop-a", b: "shop-b" };

const target = (virtualNode: string, weight: number, port?: number): WeightedTarget => ({
  virtualNode,
  weight,
  ...(port === undefined ? {} : { port }),
});

/** One route of each kind, with all that a rewrite could lose. */
const kinds = {
  http: (weightedTargets: WeightedTarget[]): RouteSpec => ({
    priority: 3,
    httpRoute: {
      match: { prefix: "/v1", headers: [{ name: "x", match: { regex: ".*" } }] },
      action: { weightedTargets },
      retryPolicy: {
        maxRetries: 1,
        perRetryTimeout: { unit: "s", value: 2 },
        httpRetryEvents: ["server-error"],
      },
      timeout: { perRequest: { unit: "s", value: 9 } },
    },
  }),
  http2: (weightedTargets: WeightedTarget[]): RouteSpec => ({
    http2Route: {
      match: { path: { exact: "/infer" }, queryParameters: [{ name: "q", match: { exact: "1" } }] },
      action: { weightedTargets },
      timeout: { idle: { unit: "ms", value: 900 } },
    },
  }),
  grpc: (weightedTargets: WeightedTarget[]): RouteSpec => ({
    priority: 1000,
    grpcRoute: {
      match: { serviceName: "ai.Model", methodName: "Predict", metadata: [{ name: "t", invert: true }] },
      action: { weightedTargets },
      retryPolicy: {
        maxRetries: 4,
        perRetryTimeout: { unit: "ms", value: 5 },
        grpcRetryEvents: ["unavailable"],
      },
      timeout: { perRequest: { unit: "s", value: 0 } },
    },
  }),
  tcp: (weightedTargets: WeightedTarget[]): RouteSpec => ({
    priority: 0,
    tcpRoute: {
      match: { port: 9000 },
      action: { weightedTargets },
      timeout: { idle: { unit: "s", value: 60 } },
    },
  }),
} as const;

const { http } = kinds;

describe("readRoute", () => {
  it.each([
    ["percents", 90, 10, { a: 90, b: 10 }],
    ["a foreign scale", 9, 1, { a: 90, b: 10 }],
    ["halves", 50, 50, { a: 50, b: 50 }],
    ["ones", 1, 1, { a: 50, b: 50 }],
    ["one alone", 0, 7, { a: 0, b: 100 }],
    ["the smallest weight there is", 1, 0, { a: 100, b: 0 }],
  ])("reads %s as shares", (_, a, b, shares) => {
    const read = readRoute(http([target(nodes.a, a), target(nodes.b, b)]), nodes);
    expect(read).toEqual({ raw: { a, b }, shares });
  });

  it("gives no shares where nothing has weight", () => {
    expect(readRoute(http([target(nodes.a, 0), target(nodes.b, 0)]), nodes)).toEqual({ raw: { a: 0, b: 0 } });
  });

  it("refuses a route that lacks a node, and names it with what to do", () => {
    const read = readRoute(http([target(nodes.a, 100)]), nodes);
    expect(read).toMatchObject({ shares: { a: 100, b: 0 }, refusal: { reason: "GroupMissing" } });
    expect(read.refusal?.message).toMatch(/no target shop-b; add it with weight 0/);
    expect(readRoute(http([target("other", 100)]), nodes).refusal?.message).toMatch(/shop-a and shop-b/);
  });

  it("refuses a third node with weight, and leaves one without alone", () => {
    const both = [target(nodes.a, 60), target(nodes.b, 20)];
    const read = readRoute(http([...both, target("legacy", 20, 81)]), nodes);
    expect(read).toMatchObject({ shares: { a: 75, b: 25 }, refusal: { reason: "ThirdGroupHasWeight" } });
    expect(read.refusal?.message).toMatch(/legacy port 81 carries weight 20/);
    expect(readRoute(http([...both, target("legacy", 0)]), nodes).refusal).toBeUndefined();
  });

  it("a node that stands there twice counts with both, and is refused while the second has weight", () => {
    const twice = (second: number) =>
      readRoute(http([target(nodes.a, 50, 80), target(nodes.b, 30, 80), target(nodes.b, second, 81)]), nodes);
    expect(twice(20)).toMatchObject({
      raw: { a: 50, b: 50 },
      refusal: {
        reason: "ThirdGroupHasWeight",
        message: expect.stringContaining("shop-b port 81") as string,
      },
    });
    expect(twice(0).refusal).toBeUndefined();
  });

  it("refuses a kind of route that it does not know", () => {
    expect(readRoute({ priority: 1 }, nodes)).toMatchObject({ refusal: { reason: "NotAForward" } });
    expect(writeRoute({ priority: 1 }, nodes, { a: 90, b: 10 })).toBeUndefined();
  });
});

describe("writeRoute", () => {
  it.each(Object.entries(kinds))(
    "%s: only the two weights change; ports, order and everything else stay",
    (_, spec) => {
      const before = [target(nodes.b, 0, 81), target("legacy", 0, 82), target(nodes.a, 100, 80)];
      const after = [target(nodes.b, 10, 81), target("legacy", 0, 82), target(nodes.a, 90, 80)];
      const untouched = structuredClone(spec(before));
      const given = spec(before);
      expect(writeRoute(given, nodes, { a: 90, b: 10 })).toEqual(spec(after));
      expect(given).toEqual(untouched);
    },
  );

  it("adds no node", () => {
    expect(writeRoute(http([target(nodes.a, 100)]), nodes, { a: 100, b: 0 })).toBeUndefined();
  });

  it("takes the canary out although a third node has weight, within the sum of 100", () => {
    const spec = http([target(nodes.a, 50), target(nodes.b, 30), target("legacy", 20)]);
    const after = http([target(nodes.a, 80), target(nodes.b, 0), target("legacy", 20)]);
    expect(writeRoute(spec, nodes, { a: 100, b: 0 })).toEqual(after);
  });

  it("takes the canary out on every port, and leaves the other node's second port as it is", () => {
    const spec = http([
      target(nodes.a, 40, 80),
      target(nodes.a, 10, 81),
      target(nodes.b, 30, 80),
      target(nodes.b, 20, 81),
    ]);
    const after = http([
      target(nodes.a, 90, 80),
      target(nodes.a, 10, 81),
      target(nodes.b, 0, 80),
      target(nodes.b, 0, 81),
    ]);
    expect(writeRoute(spec, nodes, { a: 100, b: 0 })).toEqual(after);
  });

  it("gives stable what a third node leaves, be it 1", () => {
    const spec = http([target(nodes.a, 0), target(nodes.b, 1), target("legacy", 99)]);
    const after = http([target(nodes.a, 1), target(nodes.b, 0), target("legacy", 99)]);
    expect(writeRoute(spec, nodes, { a: 100, b: 0 })).toEqual(after);
  });

  it("writes nothing where a third node has it all: ours have nothing already", () => {
    const spec = http([target(nodes.a, 0), target(nodes.b, 0), target("legacy", 100)]);
    expect(writeRoute(spec, nodes, { a: 100, b: 0 })).toBeUndefined();
  });

  it("whatever stood there: the shares are as wished, the limits hold, and writing again changes nothing", () => {
    const weight = integer({ min: 0, max: 40 });
    const scene = record({
      kind: constantFrom(...Object.values(kinds)),
      a: weight,
      b: weight,
      third: option(integer({ min: 0, max: 20 })),
      to: integer({ min: 0, max: 100 }),
    });
    assert(
      property(scene, ({ kind, a, b, third, to }) => {
        const more = third === null ? [] : [target("legacy", third)];
        const spec = kind([target(nodes.a, a), target(nodes.b, b), ...more]);
        // With a third node's weight in the route only a rollback is written: all or nothing.
        const canary = (third ?? 0) > 0 ? 0 : to;
        const wish = { weights: { a: 100 - canary, b: canary }, stickiness: "keep" } as const;
        const once = writeRoute(spec, nodes, wish.weights) ?? {};
        expect(fulfils(readRoute(once, nodes), wish)).toBe(true);
        expect(writeRoute(once, nodes, wish.weights)).toEqual(once);
        const { raw } = readRoute(once, nodes);
        expect((raw?.a ?? 0) + (raw?.b ?? 0)).toBe(100 - (third ?? 0));
        const zero = { ...spec, ...kind([target(nodes.a, 0), target(nodes.b, 0), ...more]) };
        expect(writeRoute(zero, nodes, wish.weights)).toEqual(once);
      }),
    );
  });
});
