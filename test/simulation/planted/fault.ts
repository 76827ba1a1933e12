import type { Setup } from "../setup.ts";

/** One mistake that somebody could make in the operator: a piece of source text, and what stands there instead. */
export interface PlantedFault {
  readonly name: string;
  /** Below src/. */
  readonly file: string;
  /** Occurs exactly once in the file. */
  readonly text: string;
  readonly instead: string;
  /** Caught within so many seeds, the first being 1. */
  readonly within: number;
  /** The worlds that are looked at; absent: those that the seeds draw. */
  readonly setup?: Setup;
}

/** Worlds in which faults of one way of moving traffic are looked for. */
export const worlds = {
  rule: { way: "alb", policies: false },
  rules: { way: "alb", policies: false, rules: 3 },
  sticky: { way: "alb", policies: false, rules: 2, sticky: 30 },
  outside: { way: "outside", policies: false, rules: 2, sticky: 30 },
  adopted: { way: "adopted", policies: true },
  bare: { way: "adopted", policies: false },
  owned: { way: "owned", policies: true },
} as const satisfies Readonly<Record<string, Setup>>;
