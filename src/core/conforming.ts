/** What of a JSON schema is needed to tell whether a value has the right shape. */
export interface Shape {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, Shape>>;
  readonly required?: readonly string[];
  readonly items?: Shape;
}

const scalars: Readonly<Record<string, (value: unknown) => boolean>> = {
  string: (value) => typeof value === "string",
  boolean: (value) => typeof value === "boolean",
  number: (value) => typeof value === "number",
  integer: (value) => Number.isSafeInteger(value),
};

/**
 * The part of a value that has the shape: what has another type is left out, a record that lacks what is required is
 * left out as a whole, and unknown fields are dropped. Undefined when nothing is left to speak of.
 */
export function conforming(shape: Shape, value: unknown): unknown {
  if (shape.type === "array") return list(shape, value);
  if (shape.type === "object") return record(shape, value);
  return scalars[shape.type ?? ""]?.(value) === true ? value : undefined;
}

function list({ items = {} }: Shape, value: unknown): readonly unknown[] | undefined {
  if (!Array.isArray(value)) return undefined;
  return value.map((entry) => conforming(items, entry)).filter((entry) => entry !== undefined);
}

function record({ properties = {}, required = [] }: Shape, value: unknown): object | undefined {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
  const given = value as Readonly<Record<string, unknown>>;
  const fields = Object.entries(properties)
    .map(([key, shape]) => [key, conforming(shape, given[key])] as const)
    .filter(([, field]) => field !== undefined);
  const known = Object.fromEntries(fields);
  return required.every((key) => Object.hasOwn(known, key)) ? known : undefined;
}
