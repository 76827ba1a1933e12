import type { Fields } from "../operation.ts";

/** JSON as AWS's JSON protocols write it: timestamps are seconds since the epoch, with a fraction. */

const TIMES = new Set(["EndDate", "EndTime", "StartDate", "StartTime", "Timestamp"]);

const revive = (name: string, value: unknown): unknown =>
  TIMES.has(name) && typeof value === "number" ? new Date(value * 1000) : value;

/** Parses a request body; an empty one is an empty object. Throws SyntaxError. */
export const decodeJson = (body: string): Fields =>
  body === "" ? {} : (JSON.parse(body, (name, value: unknown) => revive(name, value)) as Fields);

const plain = (value: unknown): unknown => {
  if (value instanceof Date) return value.getTime() / 1000;
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value === "object" && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, plain(item)]));
  }
  return value;
};

/** Writes an answer; absent fields are left out. */
export const encodeJson = (output: unknown): string => JSON.stringify(plain(output));
