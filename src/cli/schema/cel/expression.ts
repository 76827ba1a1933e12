/**
 * The part of the Common Expression Language (https://github.com/google/cel-spec) that the rules of the resource
 * definition use, so that `lint` asks the very rules that the API server asks. What is not understood is an error,
 * never a pass: a test reads every rule of the definition.
 */
export type Expression =
  | { readonly kind: "literal"; readonly value: string | number | boolean | null }
  | { readonly kind: "name"; readonly name: string }
  | { readonly kind: "list"; readonly items: readonly Expression[] }
  | { readonly kind: "field"; readonly of: Expression; readonly field: string }
  | { readonly kind: "index"; readonly of: Expression; readonly at: Expression }
  | {
      readonly kind: "call";
      readonly name: string;
      /** The value before the dot; absent for a plain function. */
      readonly on?: Expression;
      readonly args: readonly Expression[];
    }
  | { readonly kind: "not"; readonly of: Expression }
  | { readonly kind: "minus"; readonly of: Expression }
  | {
      readonly kind: "binary";
      readonly operator: BinaryOperator;
      readonly left: Expression;
      readonly right: Expression;
    }
  | {
      readonly kind: "choice";
      readonly test: Expression;
      readonly yes: Expression;
      readonly no: Expression;
    };

export type BinaryOperator = "||" | "&&" | "==" | "!=" | "<=" | ">=" | "<" | ">" | "in" | "+" | "-";

/** A rule that cannot be read, or fails while it is asked. */
export class CelError extends Error {
  override readonly name = "CelError";
}
