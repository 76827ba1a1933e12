import type { Rule } from "../../api/fields.ts";
import { evaluate } from "./cel/evaluate.ts";
import { CelError } from "./cel/expression.ts";
import { parseExpression } from "./cel/parse.ts";
import { nothing } from "./cel/values.ts";
import type { Finding } from "./finding.ts";
import { childrenOf, type Path, type StructuralSchema } from "./structural-schema.ts";

/**
 * The rules in CEL of a value and of everything in it, as on its creation: rules about changes are not asked. `value`
 * has its defaults and the shape that the schema asks for.
 */
export function ruleFindings(value: unknown, schema: StructuralSchema, path: Path): readonly Finding[] {
  return [
    ...(schema["x-kubernetes-validations"] ?? []).flatMap((rule) => ask(rule, value, path)),
    ...childrenOf(value, schema, path).flatMap(([child, below, at]) => ruleFindings(child, below, at)),
  ];
}

/** Rules that compare with the value before, and are not asked on creation. */
export function isTransition({ rule, optionalOldSelf }: Rule): boolean {
  return optionalOldSelf !== true && /\boldSelf\b/.test(rule);
}

function ask(rule: Rule, self: unknown, path: Path): readonly Finding[] {
  if (isTransition(rule)) return [];
  const scope = { self, ...(rule.optionalOldSelf === true ? { oldSelf: nothing } : {}) };
  try {
    if (evaluate(parseExpression(rule.rule), scope) === true) return [];
    return [{ path: [...path, ...below(rule)], kind: "rule", message: messageOf(rule, scope) }];
  } catch (error) {
    if (!(error instanceof CelError)) throw error;
    // The API server refuses such a value too: a rule that fails to be asked is a rule that is broken.
    return [{ path, kind: "rule", message: `${rule.message} (${error.message})` }];
  }
}

/** `.traffic.alb.service` as a path. */
function below({ fieldPath = "" }: Rule): Path {
  return fieldPath.split(".").filter((key) => key !== "");
}

function messageOf({ message, messageExpression }: Rule, scope: Readonly<Record<string, unknown>>): string {
  if (messageExpression === undefined) return message;
  try {
    const text = evaluate(parseExpression(messageExpression), scope);
    return typeof text === "string" && text.trim() !== "" ? text : message;
  } catch (error) {
    if (!(error instanceof CelError)) throw error;
    return message;
  }
}
