import type { RouteSpec, VirtualNodeSpec, WeightedTarget } from "@aws-sdk/client-app-mesh";
import { badRequest } from "./metadata.ts";

/** What CreateRoute and UpdateRoute refuse. Source: API reference, RouteSpec and WeightedTarget. */

const MAX_TARGETS = 10;
const MAX_WEIGHT = 100;

const weightedTargets = (spec: RouteSpec): readonly WeightedTarget[] => {
  const kinds = [spec.httpRoute, spec.http2Route, spec.grpcRoute, spec.tcpRoute].filter(
    (kind) => kind !== undefined,
  );
  if (kinds.length !== 1) {
    throw badRequest(
      "Exactly one of httpRoute, http2Route, grpcRoute, or tcpRoute must be specified in a route spec",
    );
  }
  return kinds[0]?.action?.weightedTargets ?? [];
};

const checkWeights = (targets: readonly WeightedTarget[]): void => {
  if (targets.length < 1 || targets.length > MAX_TARGETS) {
    throw badRequest(`weightedTargets must have 1 to ${MAX_TARGETS} elements`);
  }
  for (const { weight } of targets) {
    if (weight === undefined || !Number.isInteger(weight) || weight < 0 || weight > MAX_WEIGHT) {
      throw badRequest(`Weight must be an integer between 0 and ${MAX_WEIGHT}`);
    }
  }
  const sum = targets.reduce((total, target) => total + (target.weight ?? 0), 0);
  if (sum > MAX_WEIGHT)
    throw badRequest(`The total weight of all targets must be at most ${MAX_WEIGHT}, got ${sum}`);
};

/** Throws BadRequestException. `nodeOf` finds a virtual node of the mesh, or undefined. */
export const checkRouteSpec = (
  spec: RouteSpec | undefined,
  nodeOf: (name: string) => VirtualNodeSpec | undefined,
): RouteSpec => {
  if (!spec) throw badRequest("spec is required");
  if (spec.priority !== undefined && (spec.priority < 0 || spec.priority > 1000)) {
    throw badRequest("Priority must be between 0 and 1000");
  }
  const targets = weightedTargets(spec);
  checkWeights(targets);
  for (const { virtualNode, port } of targets) {
    const node = nodeOf(virtualNode ?? "");
    if (!node) throw badRequest(`VirtualNode ${virtualNode ?? ""} does not exist`);
    if ((node.listeners?.length ?? 0) > 1 && port === undefined) {
      throw badRequest(
        `A port must be specified for virtual node ${virtualNode}, which has multiple listeners`,
      );
    }
  }
  return spec;
};
