type Fields = Readonly<Record<string, unknown>>;

const isFields = (value: unknown): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** RFC 7396: null takes a field away, an object is merged, anything else replaces. */
export function mergePatch(target: unknown, patch: unknown): unknown {
  if (!isFields(patch)) return patch;
  const merged: Record<string, unknown> = isFields(target) ? { ...target } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete merged[key];
    else merged[key] = mergePatch(merged[key], value);
  }
  return merged;
}

interface Operation {
  readonly op: string;
  readonly path: string;
  readonly value?: unknown;
}

/** RFC 6902, as far as objects go; undefined when a test failed or a path is not there. */
export function jsonPatch(target: unknown, operations: readonly Operation[]): unknown {
  let result: unknown = structuredClone(target);
  for (const operation of operations) {
    const keys = operation.path
      .split("/")
      .slice(1)
      .map((key) => key.replaceAll("~1", "/").replaceAll("~0", "~"));
    result = applied(result, keys, operation);
    if (result === undefined) return undefined;
  }
  return result;
}

function applied(value: unknown, keys: readonly string[], operation: Operation): unknown {
  const [key, ...rest] = keys;
  if (key === undefined || !isFields(value)) return undefined;
  const there = Object.hasOwn(value, key);
  if (rest.length > 0) {
    const inner = applied(value[key], rest, operation);
    return inner === undefined ? undefined : { ...value, [key]: inner };
  }
  if (operation.op === "test") {
    return JSON.stringify(value[key]) === JSON.stringify(operation.value) ? value : undefined;
  }
  if (operation.op === "remove") {
    const { [key]: _gone, ...left } = value;
    return there ? left : undefined;
  }
  if (operation.op === "replace" && !there) return undefined;
  return { ...value, [key]: operation.value };
}
