import { spoken } from "../../core/time.ts";

/** `10:05:30 UTC`, on another day than `now` with the date before it. Empty for an instant that is none. */
export function when(at: string | undefined, now: number): string {
  const ms = Date.parse(at ?? "");
  if (Number.isNaN(ms)) return "";
  const text = new Date(ms).toISOString();
  const day = text.slice(0, 10) === new Date(now).toISOString().slice(0, 10) ? "" : `${text.slice(0, 10)} `;
  return `${day}${text.slice(11, 19)} UTC`;
}

/** `5 min ago`, `in 45 s`. */
export function distance(at: string | undefined, now: number): string {
  const ms = Date.parse(at ?? "");
  if (Number.isNaN(ms)) return "";
  return ms > now ? `in ${spoken(ms - now)}` : `${spoken(now - ms)} ago`;
}
