import { parseDuration } from "../../../api/duration.ts";
import { CelError } from "./expression.ts";

/** A value of CEL: JSON, or one of the classes below. */
export type Value = unknown;

export class Duration {
  readonly ms: number;
  constructor(text: string) {
    this.ms = parseDuration(text);
  }
}

/** The answer of `type()`, and what `int` and its like stand for. */
export class TypeName {
  readonly name: string;
  constructor(name: string) {
    this.name = name;
  }
}

/** `oldSelf` of a rule with `optionalOldSelf`, when the object is being created. */
export const nothing = Symbol("nothing");

export function typeNameOf(value: Value): string {
  if (value === null) return "null_type";
  if (Array.isArray(value)) return "list";
  if (value instanceof Duration) return "google.protobuf.Duration";
  if (value instanceof TypeName) return "type";
  if (typeof value === "number") return Number.isInteger(value) ? "int" : "double";
  if (typeof value === "boolean") return "bool";
  return typeof value === "string" ? "string" : "map";
}

export function fieldsOf(value: Value, what: string): Readonly<Record<string, Value>> {
  if (typeNameOf(value) !== "map") throw new CelError(`${what}: ${typeNameOf(value)} has no fields`);
  return value as Readonly<Record<string, Value>>;
}

export function textOf(value: Value, what: string): string {
  if (typeof value !== "string") throw new CelError(`${what} is for strings, not for ${typeNameOf(value)}`);
  return value;
}

export function truthOf(value: Value): boolean {
  if (typeof value !== "boolean") throw new CelError(`a bool is needed, not ${typeNameOf(value)}`);
  return value;
}

export function equal(left: Value, right: Value): boolean {
  if (left instanceof Duration && right instanceof Duration) return left.ms === right.ms;
  if (left instanceof TypeName && right instanceof TypeName) return left.name === right.name;
  if (Array.isArray(left) && Array.isArray(right)) {
    return left.length === right.length && left.every((item, index) => equal(item, right[index]));
  }
  if (typeNameOf(left) !== "map" || typeNameOf(right) !== "map") return left === right;
  const [one, other] = [fieldsOf(left, "=="), fieldsOf(right, "==")];
  const keys = Object.keys(one);
  return (
    keys.length === Object.keys(other).length &&
    keys.every((key) => Object.hasOwn(other, key) && equal(one[key], other[key]))
  );
}

export function numberOf(value: Value): number {
  if (typeof value !== "number") throw new CelError(`a number is needed, not ${typeNameOf(value)}`);
  return value;
}

/** Below 0, 0, above 0. Throws CelError for what has no order. */
export function compare(left: Value, right: Value): number {
  if (left instanceof Duration && right instanceof Duration) return left.ms - right.ms;
  if (typeof left === "number" && typeof right === "number") return left - right;
  if (typeof left === "string" && typeof right === "string") return left < right ? -1 : left > right ? 1 : 0;
  throw new CelError(`${typeNameOf(left)} and ${typeNameOf(right)} have no order`);
}
