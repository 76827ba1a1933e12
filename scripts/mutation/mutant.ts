/** What is changed, as a person would call it; the columns of the report. */
export type Operator =
  | "comparison"
  | "and/or"
  | "operand dropped"
  | "condition"
  | "negation"
  | "arithmetic"
  | "call"
  | "constant"
  | "default"
  | "field not written"
  | "element dropped"
  | "statement dropped";

export interface Span {
  readonly start: number;
  readonly end: number;
}

/** One change of one place in the syntax. */
export interface Mutant {
  /**
   * Eight hexadecimal digits made from the file's path, the text of the statement around, and the change. They stay
   * the same when lines are added above, and change with the statement.
   */
  readonly id: string;
  /** Path from the root of the project. */
  readonly file: string;
  /** From 1. */
  readonly line: number;
  readonly operator: Operator;
  /** The expression or statement that is switched at run time. */
  readonly host: Span & { readonly kind: "expression" | "statement" };
  /** What stands in the host's place when the mutant is on; empty for a dropped statement. */
  readonly text: string;
  /** The changed text for people, on one line, and what it becomes. */
  readonly before: string;
  readonly after: string;
}

/** `src/core/time.ts:12 `a >= b` → `a > b`` without its line: what explanations are compared with. */
export function changeOf({ file, before, after }: Pick<Mutant, "file" | "before" | "after">): string {
  return `${file}: ${before} → ${after}`;
}
