import type { RuleCondition } from "@aws-sdk/client-elastic-load-balancing-v2";
import { validationError } from "../operation.ts";

type ConfigName = "HostHeaderConfig" | "PathPatternConfig" | "HttpRequestMethodConfig" | "SourceIpConfig";

const CONFIG_OF: Readonly<Record<string, ConfigName>> = {
  "host-header": "HostHeaderConfig",
  "path-pattern": "PathPatternConfig",
  "http-request-method": "HttpRequestMethodConfig",
  "source-ip": "SourceIpConfig",
};

const FIELDS = new Set([...Object.keys(CONFIG_OF), "http-header", "query-string"]);

/** The patterns of a condition, from `Values` or from the field's own config. */
export const valuesOf = (condition: RuleCondition): string[] => {
  const name = CONFIG_OF[condition.Field ?? ""];
  return (
    (name === undefined ? condition.HttpHeaderConfig?.Values : condition[name]?.Values) ??
    condition.Values ??
    []
  );
};

const normalise = (condition: RuleCondition): RuleCondition => {
  const field = condition.Field ?? "";
  if (!FIELDS.has(field))
    throw validationError(`Condition field '${field}' must be one of '[${[...FIELDS].join(", ")}]'`);
  const name = CONFIG_OF[field];
  if (name === undefined) return condition;
  const values = valuesOf(condition);
  if (values.length === 0) throw validationError("A condition value must be specified");
  const shown = field === "host-header" || field === "path-pattern";
  return { ...condition, ...(shown && { Values: values }), [name]: { Values: values } };
};

/** Checks a list of conditions and returns it as the service shows it: both in `Values` and in the field's config. */
export const normaliseConditions = (conditions: readonly RuleCondition[]): RuleCondition[] =>
  conditions.map(normalise);
