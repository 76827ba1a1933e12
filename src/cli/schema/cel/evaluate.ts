import { CelError, type Expression } from "./expression.ts";
import { callFunction, callMethod } from "./functions.ts";
import {
  compare,
  equal,
  fieldsOf,
  numberOf,
  TypeName,
  textOf,
  truthOf,
  typeNameOf,
  type Value,
} from "./values.ts";

/** What names stand for: `self`, `oldSelf`, and the variables of macros. */
export type Scope = Readonly<Record<string, Value>>;

type Of<Kind extends Expression["kind"]> = Extract<Expression, { kind: Kind }>;

const typeNames: ReadonlySet<string> = new Set(["int", "double", "string", "bool"]);

/** Throws CelError. */
export function evaluate(expression: Expression, scope: Scope): Value {
  switch (expression.kind) {
    case "literal":
      return expression.value;
    case "name":
      return lookUp(expression.name, scope);
    case "list":
      return expression.items.map((item) => evaluate(item, scope));
    case "field":
      return fieldOf(evaluate(expression.of, scope), expression.field);
    case "index":
      return itemOf(evaluate(expression.of, scope), evaluate(expression.at, scope));
    case "not":
      return !truthOf(evaluate(expression.of, scope));
    case "minus":
      return -numberOf(evaluate(expression.of, scope));
    case "choice":
      return truthOf(evaluate(expression.test, scope))
        ? evaluate(expression.yes, scope)
        : evaluate(expression.no, scope);
    case "call":
      return call(expression, scope);
    case "binary":
      return binary(expression, scope);
  }
}

function lookUp(name: string, scope: Scope): Value {
  if (Object.hasOwn(scope, name)) return scope[name];
  if (typeNames.has(name)) return new TypeName(name);
  throw new CelError(`${name} is not known`);
}

function fieldOf(value: Value, field: string): Value {
  const fields = fieldsOf(value, field);
  if (!Object.hasOwn(fields, field)) throw new CelError(`no such key: ${field}`);
  return fields[field];
}

function itemOf(value: Value, at: Value): Value {
  if (!Array.isArray(value)) return fieldOf(value, textOf(at, "a key"));
  if (typeof at !== "number" || !(at in value)) throw new CelError(`no such index: ${String(at)}`);
  return value[at];
}

function binary({ operator, left, right }: Of<"binary">, scope: Scope): Value {
  if (operator === "||" || operator === "&&") return logical(operator, left, right, scope);
  const [one, other] = [evaluate(left, scope), evaluate(right, scope)];
  switch (operator) {
    case "==":
      return equal(one, other);
    case "!=":
      return !equal(one, other);
    case "<=":
      return compare(one, other) <= 0;
    case ">=":
      return compare(one, other) >= 0;
    case "<":
      return compare(one, other) < 0;
    case ">":
      return compare(one, other) > 0;
    case "in":
      return isIn(one, other);
    case "+":
      return sum(one, other);
    case "-":
      return numberOf(one) - numberOf(other);
  }
}

/** An error on one side does not count when the other side decides (cel-spec, "Logical Operators"). */
function logical(operator: "||" | "&&", left: Expression, right: Expression, scope: Scope): boolean {
  const decisive = operator === "||";
  let failure: CelError | undefined;
  for (const side of [left, right]) {
    try {
      if (truthOf(evaluate(side, scope)) === decisive) return decisive;
    } catch (error) {
      if (!(error instanceof CelError)) throw error;
      failure ??= error;
    }
  }
  if (failure !== undefined) throw failure;
  return !decisive;
}

function isIn(item: Value, container: Value): boolean {
  if (Array.isArray(container)) return container.some((candidate) => equal(candidate, item));
  return Object.hasOwn(fieldsOf(container, "in"), textOf(item, "in"));
}

function sum(left: Value, right: Value): Value {
  if (Array.isArray(left) && Array.isArray(right)) return [...left, ...right];
  if (typeof left === "string" && typeof right === "string") return left + right;
  if (typeof left === "number" && typeof right === "number") return left + right;
  throw new CelError(`${typeNameOf(left)} and ${typeNameOf(right)} cannot be added`);
}

function call(expression: Of<"call">, scope: Scope): Value {
  const { name, on, args } = expression;
  if (on === undefined) {
    return name === "has"
      ? has(args)
      : callFunction(
          name,
          args.map((arg) => evaluate(arg, scope)),
        );
  }
  const macro = macros.get(name);
  const value = evaluate(on, scope);
  if (macro === undefined)
    return callMethod(
      name,
      value,
      args.map((arg) => evaluate(arg, scope)),
    );
  const [variable, body] = args;
  if (variable?.kind !== "name" || body === undefined || args.length !== 2) {
    throw new CelError(`${name} needs a variable and an expression`);
  }
  const items = Array.isArray(value) ? value : Object.keys(fieldsOf(value, name));
  return macro(items, (item) => evaluate(body, { ...scope, [variable.name]: item }));

  function has([selection]: readonly Expression[]): boolean {
    if (selection?.kind !== "field") throw new CelError("has needs a field");
    return Object.hasOwn(fieldsOf(evaluate(selection.of, scope), "has"), selection.field);
  }
}

type Macro = (items: readonly Value[], body: (item: Value) => Value) => Value;

const macros: ReadonlyMap<string, Macro> = new Map(
  Object.entries({
    all: (items, body) => items.every((item) => truthOf(body(item))),
    exists: (items, body) => items.some((item) => truthOf(body(item))),
    exists_one: (items, body) => items.filter((item) => truthOf(body(item))).length === 1,
    map: (items, body) => items.map((item) => body(item)),
  } satisfies Record<string, Macro>),
);
