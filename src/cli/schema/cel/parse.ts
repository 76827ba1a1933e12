import { type BinaryOperator, CelError, type Expression } from "./expression.ts";
import { type Token, tokensOf } from "./tokens.ts";

/** From the loosest to the tightest. */
const levels: readonly (readonly BinaryOperator[])[] = [
  ["||"],
  ["&&"],
  ["==", "!=", "<=", ">=", "<", ">", "in"],
  ["+", "-"],
];

const constants: ReadonlyMap<string, boolean | null> = new Map([
  ["true", true],
  ["false", false],
  ["null", null],
]);

/** Throws CelError for what is no expression, or one with parts that are not known here. */
export function parseExpression(source: string): Expression {
  const parser = new Parser(tokensOf(source));
  const expression = parser.choice();
  parser.end();
  return expression;
}

class Parser {
  readonly #tokens: readonly Token[];
  #at = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  get #next(): Token {
    return this.#tokens[this.#at] ?? { kind: "end" };
  }

  /** Goes on if the next token is this symbol or word. */
  #take(text: string): boolean {
    const next = this.#next;
    const found = (next.kind === "symbol" || next.kind === "name") && next.text === text;
    if (found) this.#at += 1;
    return found;
  }

  #expect(text: string): void {
    if (!this.#take(text)) throw new CelError(`${text} is missing before token ${this.#at + 1}`);
  }

  end(): void {
    if (this.#next.kind !== "end") throw new CelError(`something is left over from token ${this.#at + 1} on`);
  }

  choice(): Expression {
    const test = this.#binary(0);
    if (!this.#take("?")) return test;
    const yes = this.#binary(0);
    this.#expect(":");
    return { kind: "choice", test, yes, no: this.choice() };
  }

  #binary(level: number): Expression {
    const operators = levels[level];
    if (operators === undefined) return this.#unary();
    let left = this.#binary(level + 1);
    for (;;) {
      const operator = operators.find((candidate) => this.#take(candidate));
      if (operator === undefined) return left;
      left = { kind: "binary", operator, left, right: this.#binary(level + 1) };
    }
  }

  #unary(): Expression {
    if (this.#take("!")) return { kind: "not", of: this.#unary() };
    if (this.#take("-")) return { kind: "minus", of: this.#unary() };
    return this.#member();
  }

  #member(): Expression {
    let of = this.#primary();
    for (;;) {
      if (this.#take(".")) of = this.#afterDot(of);
      else if (this.#take("[")) {
        const at = this.choice();
        this.#expect("]");
        of = { kind: "index", of, at };
      } else return of;
    }
  }

  #afterDot(of: Expression): Expression {
    const name = this.#word();
    return this.#take("(")
      ? { kind: "call", name, on: of, args: this.#list(")") }
      : { kind: "field", of, field: name };
  }

  #word(): string {
    const next = this.#next;
    if (next.kind !== "name") throw new CelError(`a name is missing at token ${this.#at + 1}`);
    this.#at += 1;
    return next.text;
  }

  #primary(): Expression {
    if (this.#take("(")) {
      const inner = this.choice();
      this.#expect(")");
      return inner;
    }
    if (this.#take("[")) return { kind: "list", items: this.#list("]") };
    const next = this.#next;
    if (next.kind === "string") {
      this.#at += 1;
      return { kind: "literal", value: next.text };
    }
    if (next.kind === "number") {
      this.#at += 1;
      return { kind: "literal", value: next.value };
    }
    return this.#named();
  }

  #named(): Expression {
    const name = this.#word();
    const constant = constants.get(name);
    if (constant !== undefined) return { kind: "literal", value: constant };
    return this.#take("(") ? { kind: "call", name, args: this.#list(")") } : { kind: "name", name };
  }

  /** Expressions between commas, up to the closing symbol. */
  #list(close: string): readonly Expression[] {
    const items: Expression[] = [];
    if (this.#take(close)) return items;
    do items.push(this.choice());
    while (this.#take(","));
    this.#expect(close);
    return items;
  }
}
