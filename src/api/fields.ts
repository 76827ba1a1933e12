/**
 * The building blocks of the schema. Each gives JSON Schema that `crd/` can turn into a structural schema, and the
 * TypeScript type that goes with it. CEL rules ride along as `x-kubernetes-validations`.
 */
import { Type } from "typebox";
import { bounds } from "./bounds.ts";

/** One CEL rule of the API server: https://kubernetes.io/docs/reference/using-api/cel/ */
export interface Rule {
  /** True for what is accepted. `self` is the value, `oldSelf` the one before. */
  readonly rule: string;
  /** What a person reads who broke it: the field, and what to write instead. */
  readonly message: string;
  /** A CEL expression for a message with values in it; `message` stands in when it fails. */
  readonly messageExpression?: string;
  /** The field below that the API server shall name before the message, as `.replicas`. */
  readonly fieldPath?: string;
  readonly reason?: "FieldValueRequired" | "FieldValueForbidden";
  /** Then `oldSelf` is an optional value, and the rule is checked on creation too. */
  readonly optionalOldSelf?: true;
}

/**
 * A rule that a value may go on breaking which broke it before, as two: for creations and for changes. The API server
 * does this by itself for values that have not changed, but not above fields that no schema describes (our pod
 * template): there it takes every write as a change, that of a status too. Without this, a rule added later could
 * refuse the status of an older object. Two, because the cost of `oldSelf` is only estimated well where it is no
 * optional value.
 */
export function ratcheted(rule: Rule): readonly Rule[] {
  const before = rule.rule.replaceAll(/\bself\b/g, "oldSelf");
  return [onCreation(rule), { ...rule, rule: `(${rule.rule}) || !(${before})` }];
}

/** A rule of what cannot change later, as the name. */
export function onCreation(rule: Rule): Rule {
  return { ...rule, rule: `oldSelf.hasValue() || (${rule.rule})`, optionalOldSelf: true };
}

/** Keywords of a field, without undefined values (they would end in the CRD). */
export interface FieldOptions {
  readonly default?: unknown;
  readonly rules?: readonly Rule[];
  readonly minItems?: number;
  readonly minLength?: number;
  readonly minProperties?: number;
  readonly format?: string;
}

/**
 * What every field has: its description, and whatever of `options` is set. The description ends with the default,
 * because `kubectl explain` does not show it otherwise.
 */
export function described(description: string, options: FieldOptions = {}): Record<string, unknown> {
  const { rules, ...keywords } = options;
  const fallback = options.default === undefined ? "" : ` Default: ${JSON.stringify(options.default)}.`;
  return {
    description: `${description}${fallback.replaceAll('"', "")}`,
    ...keywords,
    ...(rules === undefined || rules.length === 0 ? {} : { "x-kubernetes-validations": rules }),
  };
}

/** A string of bounded length. */
export function text(description: string, maxLength: number, options: FieldOptions = {}) {
  return Type.String({ maxLength, ...described(description, options) });
}

/** One of a few words, enforced by the API server. */
export function choice<const Values extends readonly string[]>(
  values: Values,
  description: string,
  options: FieldOptions = {},
) {
  return Type.Unsafe<Values[number]>({
    type: "string",
    enum: [...values],
    ...described(description, options),
  });
}

/**
 * One of a few words in `status`. Known to TypeScript, not enforced by the API server: a CRD one version older than
 * the operator must never refuse a status, for a refused status stops a release.
 */
export function word<Values extends string>(description: string, maxLength: number = bounds.reason) {
  return Type.Unsafe<Values>({ type: "string", maxLength, ...described(description) });
}

/** An RFC 3339 instant in `status`, written with milliseconds. */
export function timestamp(description: string) {
  return Type.String({ format: "date-time", maxLength: bounds.timestamp, ...described(description) });
}

/** A whole number of `status`, unbounded by the API server. */
export function integer(description: string) {
  return Type.Integer({ format: "int64", ...described(description) });
}

/** A whole number between two bounds. */
export function wholeNumber(
  description: string,
  minimum: number,
  maximum: number,
  options: FieldOptions = {},
) {
  return Type.Integer({ format: "int32", minimum, maximum, ...described(description, options) });
}

export function flag(description: string, options: FieldOptions = {}) {
  return Type.Boolean(described(description, options));
}

const durationPattern = "^([0-9]+([.][0-9]+)?(ms|s|m|h))+$";

/**
 * A Go-style duration. The rule is CEL and not `pattern`, because the API server's message for a pattern shows the
 * expression instead of an example.
 */
export function duration(
  name: string,
  description: string,
  options: FieldOptions & { positive?: true } = {},
) {
  const { positive, rules = [], ...keywords } = options;
  const floor = positive === true ? ` && duration(self) > duration('0s')` : "";
  const limits = positive === true ? "more than 0s and at most 720h" : "at most 720h";
  const rule: Rule = {
    rule: `self.matches('${durationPattern}') && duration(self) <= duration('720h')${floor}`,
    message: `${name} must be a duration such as 90s, 10m or 1h30m (units: h, m, s, ms), ${limits}`,
  };
  return Type.String({
    maxLength: bounds.duration,
    ...described(description, { ...keywords, rules: [rule, ...rules] }),
  });
}

/** An AWS region; whether it exists is seen when it is called. */
export function region(name: string, description: string) {
  return text(description, bounds.region, {
    rules: [
      {
        rule: "self.matches('^[a-z]{2,8}(-[a-z]+)+-[0-9]{1,2}$')",
        message: `${name} must be an AWS region such as us-east-1`,
      },
    ],
  });
}

/** Read-only all the way down: nobody changes an object that came from the cache. */
export type DeepReadonly<T> = T extends readonly (infer Item)[]
  ? readonly DeepReadonly<Item>[]
  : T extends object
    ? { readonly [Key in keyof T]: DeepReadonly<T[Key]> }
    : T;
