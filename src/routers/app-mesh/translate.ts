import type { RouteSpec, WeightedTarget } from "@aws-sdk/client-app-mesh";
import type { Destination, TargetRead } from "../../core/observed.ts";

/** Virtual node of each destination. */
export type VirtualNodes = Readonly<Record<Destination, string>>;

/** What a route's spec says of our two nodes. */
type RouteReading = Pick<TargetRead, "shares" | "raw" | "refusal">;

/** The weights of a route sum to at most this (API reference, WeightedTarget). */
const maxSum = 100;

const sumOf = (targets: readonly WeightedTarget[]): number =>
  targets.reduce((sum, { weight = 0 }) => sum + weight, 0);

/** A spec has exactly one kind of route; undefined for a kind that came after this SDK. */
function targetsOf(spec: RouteSpec): readonly WeightedTarget[] | undefined {
  const route = spec.httpRoute ?? spec.http2Route ?? spec.grpcRoute ?? spec.tcpRoute;
  return route?.action?.weightedTargets;
}

function refusalOf(targets: readonly WeightedTarget[], nodes: VirtualNodes): RouteReading["refusal"] {
  const missing = [nodes.a, nodes.b].filter(
    (node) => !targets.some(({ virtualNode }) => virtualNode === node),
  );
  if (missing.length > 0) {
    return {
      reason: "GroupMissing",
      message: `the route has no target ${missing.join(" and ")}; add it with weight 0 (the operator changes weights only)`,
    };
  }
  // One target per node is ours; a second one (on another port) is somebody else's idea of how to split.
  const firsts = new Set([nodes.a, nodes.b].map((node) => firstOf(targets, node)));
  const third = targets.find((target) => !firsts.has(target) && (target.weight ?? 0) > 0);
  if (third === undefined) return undefined;
  const { virtualNode = "", port, weight = 0 } = third;
  return {
    reason: "ThirdGroupHasWeight",
    message: `${virtualNode}${port === undefined ? "" : ` port ${port}`} carries weight ${weight} in the same route; set it to 0`,
  };
}

const firstOf = (targets: readonly WeightedTarget[], node: string): WeightedTarget | undefined =>
  targets.find(({ virtualNode }) => virtualNode === node);

/**
 * Reads a route of any kind. A node that is missing counts as weight 0, a third one does not count in the shares: both
 * are refusals, and yet it shows whether our canary has traffic.
 */
export function readRoute(spec: RouteSpec, nodes: VirtualNodes): RouteReading {
  const targets = targetsOf(spec);
  if (targets === undefined) {
    return {
      refusal: { reason: "NotAForward", message: "the route is none of http, http2, grpc and tcp" },
    };
  }
  const weightOf = (node: string): number => sumOf(targets.filter(({ virtualNode }) => virtualNode === node));
  const raw = { a: weightOf(nodes.a), b: weightOf(nodes.b) };
  const sum = raw.a + raw.b;
  const refusal = refusalOf(targets, nodes);
  return {
    raw,
    ...(sum > 0 ? { shares: { a: (raw.a * 100) / sum, b: (raw.b * 100) / sum } } : {}),
    ...(refusal ? { refusal } : {}),
  };
}

interface Routed {
  readonly action: { weightedTargets: WeightedTarget[] | undefined } | undefined;
}

const withTargets = <R extends Routed>(route: R, weightedTargets: WeightedTarget[]): R => ({
  ...route,
  action: { weightedTargets },
});

/**
 * The whole spec for UpdateRoute (a given spec replaces the old one) with nothing changed but the weights of the two
 * nodes: match, retry policy, timeouts, priority and the targets' ports are carried over. Percents are written as they
 * are; where a third node has weight, which only a rollback writes in spite of, they share what is left of 100.
 * Undefined when that cannot be written: a node is not in the route, or nothing is left.
 */
export function writeRoute(
  spec: RouteSpec,
  nodes: VirtualNodes,
  weights: Readonly<Record<Destination, number>>,
): RouteSpec | undefined {
  const targets = targetsOf(spec);
  if (targets === undefined) return undefined;
  const firsts = { a: firstOf(targets, nodes.a), b: firstOf(targets, nodes.b) };
  if (firsts.a === undefined || firsts.b === undefined) return undefined;
  // A node that shall get nothing gets nothing on any port; a second target of the other one is left as it is.
  const emptied = (["a", "b"] as const).filter((each) => weights[each] === 0).map((each) => nodes[each]);
  const others = targets.filter(
    (target) => target !== firsts.a && target !== firsts.b && !emptied.includes(target.virtualNode ?? ""),
  );
  const room = maxSum - sumOf(others);
  if (room <= 0) return undefined;
  const a = Math.round((weights.a * room) / maxSum);
  const written = targets.map((target): WeightedTarget => {
    if (target === firsts.a) return { ...target, weight: a };
    if (target === firsts.b) return { ...target, weight: room - a };
    return others.includes(target) ? target : { ...target, weight: 0 };
  });
  const { httpRoute, http2Route, grpcRoute, tcpRoute } = spec;
  return {
    ...spec,
    ...(httpRoute && { httpRoute: withTargets(httpRoute, written) }),
    ...(http2Route && { http2Route: withTargets(http2Route, written) }),
    ...(grpcRoute && { grpcRoute: withTargets(grpcRoute, written) }),
    ...(tcpRoute && { tcpRoute: withTargets(tcpRoute, written) }),
  };
}
