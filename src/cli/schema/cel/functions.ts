import { DurationError } from "../../../api/duration.ts";
import { CelError } from "./expression.ts";
import { compare, Duration, nothing, TypeName, textOf, typeNameOf, type Value } from "./values.ts";

/** Functions without a value before them. Throws CelError for one that is not known here. */
export function callFunction(name: string, args: readonly Value[]): Value {
  const [value] = args;
  if (name === "type" && args.length === 1) return new TypeName(typeNameOf(value));
  if (name === "duration" && args.length === 1) return durationOf(textOf(value, name));
  throw new CelError(`the function ${name} with ${args.length} arguments is not known`);
}

function durationOf(text: string): Duration {
  try {
    return new Duration(text);
  } catch (error) {
    if (error instanceof DurationError) throw new CelError(error.message);
    throw error;
  }
}

type Method = (value: Value, argument: Value) => Value;

/** Those of cel-spec, and of Kubernetes (https://kubernetes.io/docs/reference/using-api/cel/). */
const methods: ReadonlyMap<string, Method> = new Map<string, Method>(
  Object.entries({
    matches: (value, pattern) => expression(pattern).test(textOf(value, "matches")),
    find: (value, pattern) => expression(pattern).exec(textOf(value, "find"))?.[0] ?? "",
    startsWith: (value, start) => textOf(value, "startsWith").startsWith(textOf(start, "startsWith")),
    split: (value, separator) => textOf(value, "split").split(textOf(separator, "split")),
    isSorted: (value) => {
      if (!Array.isArray(value)) throw new CelError("isSorted is for lists");
      return value.every((item, index) => index === 0 || compare(value[index - 1], item) <= 0);
    },
    hasValue: (value) => value !== nothing,
  } satisfies Record<string, Method>),
);

/** Throws CelError for one that is not known here. */
export function callMethod(name: string, value: Value, args: readonly Value[]): Value {
  const method = methods.get(name);
  if (method === undefined || args.length > 1) throw new CelError(`the method ${name} is not known`);
  return method(value, args[0]);
}

/** RE2, as the rules use it, is a subset of what JavaScript has. */
function expression(pattern: Value): RegExp {
  return new RegExp(textOf(pattern, "a regular expression"), "u");
}
