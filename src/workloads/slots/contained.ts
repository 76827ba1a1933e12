/**
 * Whether all that `wanted` says stands in `found`, which may say more: defaults of the API server, other people's
 * labels. Lists must be equal in length and order. A key that `wanted` gives as null or undefined is not asked for.
 */
export function isContained(wanted: unknown, found: unknown): boolean {
  if (Array.isArray(wanted)) {
    return (
      Array.isArray(found) &&
      found.length === wanted.length &&
      wanted.every((item, index) => isContained(item, found[index]))
    );
  }
  if (typeof wanted === "object" && wanted !== null) {
    if (typeof found !== "object" || found === null || Array.isArray(found)) return false;
    const there: Readonly<Record<string, unknown>> = { ...found };
    return Object.entries(wanted).every(
      ([key, value]) => value === undefined || value === null || isContained(value, there[key]),
    );
  }
  return wanted === found;
}
