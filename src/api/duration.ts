/** Go-style durations, as people write them in the spec. Inside, durations are milliseconds. */

const unitMs: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };
const shape = /^(?:\d+(?:\.\d+)?(?:ms|s|m|h))+$/;
const part = /(\d+(?:\.\d+)?)(ms|s|m|h)/g;

/** A text that is no duration. The CRD's rules keep it out of the spec, but an older CRD's objects may have it. */
export class DurationError extends Error {
  override readonly name = "DurationError";
  constructor(text: string) {
    super(`"${text}" is not a duration such as 90s, 10m or 1h30m`);
  }
}

/** `1h30m` -> 5400000. Whole milliseconds. Throws DurationError. */
export function parseDuration(text: string): number {
  if (!shape.test(text)) {
    throw new DurationError(text);
  }
  let total = 0;
  for (const [, amount, unit] of text.matchAll(part)) {
    total += Number(amount) * (unitMs[unit ?? ""] ?? Number.NaN);
  }
  if (!Number.isSafeInteger(Math.round(total))) {
    throw new DurationError(text);
  }
  return Math.round(total);
}

/** 5400000 -> `1h30m`, 90000 -> `1m30s`, 1500 -> `1s500ms`, 0 -> `0s`. Negative ones are 0. */
export function formatDuration(milliseconds: number): string {
  let rest = Math.max(0, Math.round(milliseconds));
  let text = "";
  for (const unit of ["h", "m", "s", "ms"]) {
    const size = unitMs[unit] ?? 1;
    const amount = Math.floor(rest / size);
    if (amount > 0) {
      text += `${amount}${unit}`;
      rest -= amount * size;
    }
  }
  return text === "" ? "0s" : text;
}
