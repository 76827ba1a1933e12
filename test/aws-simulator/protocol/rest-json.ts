import { type Fields, ServiceError } from "../operation.ts";
import { decodeJson } from "./json-codec.ts";

/** App Mesh's REST-JSON: the operation is in method and path, the input in path, query and body. */

const ROOT = "/v20190125";
const MESH = `${ROOT}/meshes/{meshName}`;

/** Method, path, operation: the part of App Mesh's model that is simulated. */
const ROUTES: readonly (readonly [method: string, path: string, operation: string])[] = [
  ["PUT", `${ROOT}/meshes`, "CreateMesh"],
  ["GET", MESH, "DescribeMesh"],
  ["PUT", `${MESH}/virtualRouters`, "CreateVirtualRouter"],
  ["GET", `${MESH}/virtualRouters/{virtualRouterName}`, "DescribeVirtualRouter"],
  ["PUT", `${MESH}/virtualNodes`, "CreateVirtualNode"],
  ["GET", `${MESH}/virtualNodes/{virtualNodeName}`, "DescribeVirtualNode"],
  ["PUT", `${MESH}/virtualRouter/{virtualRouterName}/routes`, "CreateRoute"],
  ["GET", `${MESH}/virtualRouter/{virtualRouterName}/routes`, "ListRoutes"],
  ["GET", `${MESH}/virtualRouter/{virtualRouterName}/routes/{routeName}`, "DescribeRoute"],
  ["PUT", `${MESH}/virtualRouter/{virtualRouterName}/routes/{routeName}`, "UpdateRoute"],
  ["DELETE", `${MESH}/virtualRouter/{virtualRouterName}/routes/{routeName}`, "DeleteRoute"],
  ["GET", `${ROOT}/tags`, "ListTagsForResource"],
  ["PUT", `${ROOT}/tag`, "TagResource"],
  ["PUT", `${ROOT}/untag`, "UntagResource"],
];

interface Route {
  readonly method: string;
  readonly pattern: RegExp;
  readonly operation: string;
}

const compiled: readonly Route[] = ROUTES.map(([method, path, operation]) => ({
  method,
  pattern: new RegExp(`^${path.replaceAll(/\{(\w+)\}/g, "(?<$1>[^/]+)")}$`),
  operation,
}));

const queryFields = (parameters: URLSearchParams): Fields => {
  const fields = Object.fromEntries(parameters);
  const limit = parameters.get("limit");
  return limit === null ? fields : { ...fields, limit: Number(limit) };
};

/** Finds the operation. Throws ServiceError (404 UnknownOperationException) and SyntaxError. */
export const matchRestCall = (request: {
  readonly method: string;
  readonly url: string;
  readonly body: string;
}): { operation: string; input: Fields } => {
  const { pathname, searchParams } = new URL(request.url, "http://localhost");
  for (const { method, pattern, operation } of compiled) {
    const labels = method === request.method ? pattern.exec(pathname)?.groups : undefined;
    if (!labels && !(method === request.method && pattern.test(pathname))) continue;
    const path = Object.entries(labels ?? {}).map(([name, value]) => [name, decodeURIComponent(value)]);
    const input = { ...decodeJson(request.body), ...queryFields(searchParams), ...Object.fromEntries(path) };
    return { operation, input };
  }
  throw new ServiceError("UnknownOperationException", `${request.method} ${pathname} is not simulated`, 404);
};
