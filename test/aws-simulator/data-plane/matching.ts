import type { RuleCondition } from "@aws-sdk/client-elastic-load-balancing-v2";
import { valuesOf } from "../elb/conditions.ts";
import type { RuleRecord } from "../elb/records.ts";

/** What a rule can look at. Header names in lower case. */
export interface RoutedRequest {
  readonly method: string;
  readonly host: string;
  /** Without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

/** `*` is any text, `?` any one character. */
const glob = (pattern: string, text: string, ignoreCase: boolean): boolean => {
  const source = pattern
    .replaceAll(/[.+^${}()|[\]\\]/g, String.raw`\$&`)
    .replaceAll("*", ".*")
    .replaceAll("?", ".");
  return new RegExp(`^${source}$`, ignoreCase ? "is" : "s").test(text);
};

const queryMatches = (condition: RuleCondition, query: URLSearchParams): boolean =>
  (condition.QueryStringConfig?.Values ?? []).some(({ Key, Value }) =>
    [...query].some(
      ([key, value]) => (Key === undefined || glob(Key, key, true)) && glob(Value ?? "", value, true),
    ),
  );

const headerMatches = (condition: RuleCondition, headers: RoutedRequest["headers"]): boolean => {
  const name = condition.HttpHeaderConfig?.HttpHeaderName?.toLowerCase() ?? "";
  const text = [headers[name] ?? []].flat().join(",");
  return text !== "" && valuesOf(condition).some((value) => glob(value, text, true));
};

/** A condition holds when one of its values matches. Source-address conditions always do: everything here is local. */
const matches = (condition: RuleCondition, request: RoutedRequest): boolean => {
  const values = valuesOf(condition);
  switch (condition.Field) {
    case "path-pattern":
      return values.some((value) => glob(value, request.path, false));
    case "host-header":
      return values.some((value) => glob(value, request.host, true));
    case "http-request-method":
      return values.includes(request.method);
    case "http-header":
      return headerMatches(condition, request.headers);
    case "query-string":
      return queryMatches(condition, request.query);
    default:
      return true;
  }
};

/** The first rule, in the order given, all of whose conditions hold. The default rule has none. */
export const ruleFor = (rules: readonly RuleRecord[], request: RoutedRequest): RuleRecord | undefined =>
  rules.find((rule) => rule.conditions.every((condition) => matches(condition, request)));
