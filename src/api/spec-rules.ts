import type { Rule } from "./fields.ts";

export const specRules: readonly Rule[] = [];
