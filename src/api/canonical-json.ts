/**
 * One text for one meaning: keys sorted by code unit, no white space, and fields that are null or undefined left out,
 * for Kubernetes treats them as absent. Two values with the same text are the same revision.
 */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) {
    return `[${value.map((item) => canonicalJson(item)).join(",")}]`;
  }
  if (typeof value === "object" && value !== null) {
    const fields = Object.entries(value)
      .filter(([, field]) => field !== undefined && field !== null)
      .sort(([left], [right]) => (left < right ? -1 : 1))
      .map(([key, field]) => `${JSON.stringify(key)}:${canonicalJson(field)}`);
    return `{${fields.join(",")}}`;
  }
  return value === undefined ? "null" : JSON.stringify(value);
}
