import { type Fields, ServiceError } from "../operation.ts";

/** AWS Query: form-encoded requests, XML answers. Spoken by ELBv2 (API version 2015-12-01) and STS (2011-06-15). */
type QueryService = "elasticloadbalancing" | "sts";

const NAMESPACES: Readonly<Record<QueryService, string>> = {
  elasticloadbalancing: "http://elasticloadbalancing.amazonaws.com/doc/2015-12-01/",
  sts: "https://sts.amazonaws.com/doc/2011-06-15/",
};

const INTEGERS = new Set([
  "DurationSeconds",
  "HealthCheckIntervalSeconds",
  "HealthCheckTimeoutSeconds",
  "HealthyThresholdCount",
  "Order",
  "PageSize",
  "Port",
  "Priority",
  "SessionTimeout",
  "TargetControlPort",
  "UnhealthyThresholdCount",
  "Weight",
]);

const BOOLEANS = new Set(["Enabled", "HealthCheckEnabled", "ResetTransforms", "UseExistingClientSecret"]);

type Tree = Map<string, Tree | string>;

const plant = (tree: Tree, path: readonly string[], value: string): void => {
  const [head = "", ...rest] = path;
  if (rest.length === 0) {
    tree.set(head, value);
    return;
  }
  const child = tree.get(head);
  const next: Tree = child instanceof Map ? child : new Map();
  tree.set(head, next);
  plant(next, rest, value);
};

const LISTS = new Set(["TargetGroups", "Values"]);

const scalar = (path: readonly string[], text: string): unknown => {
  const name = path.at(-1) ?? "";
  if (text === "" && LISTS.has(name)) return [];
  if (path.includes("RedirectConfig")) return text;
  if (BOOLEANS.has(name)) return text === "true";
  if (!INTEGERS.has(name)) return text;
  const number = Number(text);
  if (!Number.isInteger(number)) {
    throw new ServiceError("MalformedInput", `${path.join(".")}: '${text}' is not an integer`);
  }
  return number;
};

const numbered = (tree: Tree): (Tree | string)[] =>
  [...tree.entries()].sort(([a], [b]) => Number(a) - Number(b)).map(([, item]) => item);

const entries = (tree: Tree, path: readonly string[]): Fields => {
  const pairs = numbered(tree).map((item) => {
    const pair = grow(item, [...path, "entry"]) as Fields;
    return [String(pair["key"]), pair["value"]];
  });
  return Object.fromEntries(pairs) as Fields;
};

const grow = (node: Tree | string, path: readonly string[]): unknown => {
  if (typeof node === "string") return scalar(path, node);
  const members = node.get("member");
  if (members instanceof Map) return numbered(members).map((item) => grow(item, [...path, "member"]));
  const map = node.get("entry");
  if (map instanceof Map) return entries(map, path);
  return Object.fromEntries([...node].map(([name, child]) => [name, grow(child, [...path, name])]));
};

/**
 * Reads a request body. An empty list is sent as `Name=`; the real service treats it as omitted, so it is left out
 * (an empty string inside a list or a tag's value stays).
 */
export const decodeQuery = (body: string): { operation: string; input: Fields } => {
  const tree: Tree = new Map();
  let operation = "";
  for (const [name, value] of new URLSearchParams(body)) {
    if (name === "Action") operation = value;
    else if (name !== "Version" && (value !== "" || name.includes("."))) plant(tree, name.split("."), value);
  }
  return { operation, input: grow(tree, []) as Fields };
};

const escapeText = (text: string): string =>
  text.replace(
    /[&<>"'\r]/g,
    (character) =>
      ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&apos;", "\r": "&#xD;" })[character] ??
      character,
  );

const MAPS = new Set(["AuthenticationRequestExtraParams"]);

const mapEntries = (value: object): string =>
  Object.entries(value)
    .map(([key, item]) => `<entry>${element("key", key)}${element("value", item)}</entry>`)
    .join("");

const content = (name: string, value: unknown): string => {
  if (value instanceof Date) return value.toISOString();
  if (Array.isArray(value)) return value.map((item) => element("member", item)).join("");
  if (typeof value === "object" && value !== null) {
    return MAPS.has(name)
      ? mapEntries(value)
      : Object.entries(value)
          .map(([child, item]) => element(child, item))
          .join("");
  }
  return escapeText(String(value));
};

const element = (name: string, value: unknown): string =>
  value === undefined ? "" : `<${name}>${content(name, value)}</${name}>`;

/** The body of a successful answer. */
export const encodeQueryAnswer = (
  operation: string,
  output: Fields,
  requestId: string,
  service: QueryService = "elasticloadbalancing",
): string =>
  `<${operation}Response xmlns="${NAMESPACES[service]}">${element(`${operation}Result`, output)}` +
  `<ResponseMetadata>${element("RequestId", requestId)}</ResponseMetadata></${operation}Response>`;

/** The body of an error. */
export const encodeQueryError = (
  error: ServiceError,
  requestId: string,
  service: QueryService = "elasticloadbalancing",
): string => {
  const type = error.status < 500 ? "Sender" : "Receiver";
  const detail = { Type: type, Code: error.code, Message: error.message };
  return `<ErrorResponse xmlns="${NAMESPACES[service]}">${element("Error", detail)}${element("RequestId", requestId)}</ErrorResponse>`;
};
