/**
 * Metric math, as far as alarms on rates need it: + - * / ^, comparisons, AND, OR, parentheses, numbers, ids, lists in
 * square brackets, and IF, FILL, ABS, CEIL, FLOOR, SUM, AVG, MIN, MAX. Source: "Using math expressions with CloudWatch
 * metrics". Points without a partner, and divisions by zero, are left out of the result, as in the service.
 */

/** Values by time (ms since the epoch). */
export type Series = ReadonlyMap<number, number>;

type Value = number | Series | readonly Series[];

export type Expression =
  | { readonly kind: "number"; readonly value: number }
  | { readonly kind: "id"; readonly id: string }
  | { readonly kind: "list"; readonly items: readonly Expression[] }
  | { readonly kind: "unary"; readonly operand: Expression }
  | {
      readonly kind: "binary";
      readonly operator: string;
      readonly left: Expression;
      readonly right: Expression;
    }
  | { readonly kind: "call"; readonly name: string; readonly args: readonly Expression[] };

const TOKEN = /\s*(\d+(?:\.\d+)?|[A-Za-z][A-Za-z0-9_]*|[<>=!]=|&&|\|\||[-+*/^()<>,[\]])/y;

const tokens = (text: string): string[] => {
  const found: string[] = [];
  const source = text.trimEnd();
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < source.length) {
    const at = TOKEN.lastIndex;
    const match = TOKEN.exec(source);
    if (!match?.[1])
      throw new SyntaxError(`Error in expression '${text}': unexpected '${source.slice(at, at + 8)}'`);
    found.push(match[1]);
  }
  return found;
};

const LEVELS: readonly (readonly string[])[] = [
  ["OR", "||"],
  ["AND", "&&"],
  ["<", ">", "<=", ">=", "==", "!="],
  ["+", "-"],
  ["*", "/"],
  ["^"],
];

const ARITY: Readonly<Record<string, number>> = {
  IF: 3,
  FILL: 2,
  ABS: 1,
  CEIL: 1,
  FLOOR: 1,
  SUM: 1,
  AVG: 1,
  MIN: 1,
  MAX: 1,
};

class Parser {
  readonly #tokens: readonly string[];
  #at = 0;

  constructor(text: string) {
    this.#tokens = tokens(text);
  }

  whole(): Expression {
    const expression = this.#level(0);
    if (this.#at < this.#tokens.length)
      throw new SyntaxError(`Error in expression near '${this.#tokens[this.#at]}'`);
    return expression;
  }

  #level(depth: number): Expression {
    const operators = LEVELS[depth];
    if (!operators) return this.#unary();
    let left = this.#level(depth + 1);
    for (let next = this.#peek(); operators.includes(next); next = this.#peek()) {
      this.#at++;
      left = { kind: "binary", operator: next, left, right: this.#level(depth + 1) };
    }
    return left;
  }

  #unary(): Expression {
    if (this.#peek() !== "-") return this.#atom();
    this.#at++;
    return { kind: "unary", operand: this.#unary() };
  }

  #atom(): Expression {
    const token = this.#tokens[this.#at++] ?? "";
    if (token === "(") {
      const inner = this.#level(0);
      this.#need(")");
      return inner;
    }
    if (token === "[") return { kind: "list", items: this.#until("]") };
    if (/^\d/.test(token)) return { kind: "number", value: Number(token) };
    if (!/^[A-Za-z]/.test(token)) throw new SyntaxError(`Error in expression near '${token || "end"}'`);
    return this.#peek() === "(" ? this.#call(token) : { kind: "id", id: token };
  }

  #call(name: string): Expression {
    this.#at++;
    const args = this.#until(")");
    const arity = ARITY[name.toUpperCase()];
    if (arity === undefined)
      throw new SyntaxError(`Error in expression: function '${name}' is not known here`);
    if (args.length !== arity) throw new SyntaxError(`Error in expression: ${name} takes ${arity} arguments`);
    return { kind: "call", name: name.toUpperCase(), args };
  }

  #until(close: string): Expression[] {
    const items = [this.#level(0)];
    while (this.#peek() === ",") {
      this.#at++;
      items.push(this.#level(0));
    }
    this.#need(close);
    return items;
  }

  #peek(): string {
    const token = this.#tokens[this.#at] ?? "";
    const word = token.toUpperCase();
    return word === "AND" || word === "OR" ? word : token;
  }

  #need(token: string): void {
    if (this.#tokens[this.#at++] !== token) throw new SyntaxError(`Error in expression: expected '${token}'`);
  }
}

/** Throws SyntaxError. */
export const parseExpression = (text: string): Expression => new Parser(text).whole();

const BINARY: Readonly<Record<string, (a: number, b: number) => number>> = {
  "+": (a, b) => a + b,
  "-": (a, b) => a - b,
  "*": (a, b) => a * b,
  "/": (a, b) => (b === 0 ? Number.NaN : a / b),
  "^": (a, b) => a ** b,
  "<": (a, b) => Number(a < b),
  ">": (a, b) => Number(a > b),
  "<=": (a, b) => Number(a <= b),
  ">=": (a, b) => Number(a >= b),
  "==": (a, b) => Number(a === b),
  "!=": (a, b) => Number(a !== b),
  AND: (a, b) => Number(a !== 0 && b !== 0),
  "&&": (a, b) => Number(a !== 0 && b !== 0),
  OR: (a, b) => Number(a !== 0 || b !== 0),
  "||": (a, b) => Number(a !== 0 || b !== 0),
};

const isSeries = (value: Value): value is Series => value instanceof Map;

const finite = (pairs: Iterable<readonly [number, number]>): Series =>
  new Map([...pairs].filter(([, value]) => Number.isFinite(value)));

const one = (value: Value): number | Series => {
  if (typeof value === "number" || isSeries(value)) return value;
  throw new SyntaxError("Error in expression: a list is not allowed here");
};

/** Applies `combine` at each time where every series has a point; numbers count everywhere. */
const zip = (
  values: readonly (number | Series)[],
  combine: (points: readonly number[]) => number,
): number | Series => {
  const first = values.find((value) => isSeries(value));
  if (first === undefined) return combine(values as readonly number[]);
  const pairs: [number, number][] = [];
  for (const at of first.keys()) {
    const points = values.map((value) => (typeof value === "number" ? value : value.get(at)));
    if (points.every((point) => point !== undefined)) pairs.push([at, combine(points)]);
  }
  return finite(pairs);
};

const choose = (condition: number | Series, yes: number | Series, no: number | Series): number | Series => {
  if (typeof condition === "number") return condition === 0 ? no : yes;
  const pairs: [number, number][] = [];
  for (const [at, value] of condition) {
    const branch = value === 0 ? no : yes;
    const point = typeof branch === "number" ? branch : branch.get(at);
    if (point !== undefined) pairs.push([at, point]);
  }
  return finite(pairs);
};

const acrossLists: Readonly<Record<string, (points: readonly number[]) => number>> = {
  SUM: (points) => points.reduce((sum, point) => sum + point, 0),
  AVG: (points) => points.reduce((sum, point) => sum + point, 0) / points.length,
  MIN: (points) => Math.min(...points),
  MAX: (points) => Math.max(...points),
};

const SINGLE: Readonly<Record<string, (point: number) => number>> = {
  ABS: Math.abs,
  CEIL: Math.ceil,
  FLOOR: Math.floor,
};

/** SUM, AVG, MIN, MAX: of a list, point by point; of one series, a single number. */
const fold = (name: string, value: Value): number | Series => {
  const combine = acrossLists[name];
  if (!combine) throw new SyntaxError(`Error in expression: function '${name}' is not known here`);
  if (typeof value === "number") return value;
  if (isSeries(value)) return value.size === 0 ? new Map() : combine([...value.values()]);
  const times = new Set(value.flatMap((series) => [...series.keys()]));
  return finite([...times].map((at) => [at, combine(value.flatMap((series) => series.get(at) ?? []))]));
};

const fill = (value: Value, filler: Expression, scope: Scope): Series => {
  const series = one(value);
  if (typeof series === "number") throw new SyntaxError("Error in expression: FILL needs a metric");
  const repeat = filler.kind === "id" && filler.id === "REPEAT";
  const constant = repeat ? undefined : one(evaluate(filler, scope));
  let last: number | undefined;
  const pairs: [number, number][] = [];
  for (const at of scope.times) {
    last = series.get(at) ?? last;
    const point =
      series.get(at) ?? (repeat ? last : typeof constant === "number" ? constant : constant?.get(at));
    if (point !== undefined) pairs.push([at, point]);
  }
  return finite(pairs);
};

/** What an expression is evaluated over: every time step of the range, oldest first, and the ids it may name. */
export interface Scope {
  readonly times: readonly number[];
  readonly seriesOf: (id: string) => Series;
}

const call = (expression: Extract<Expression, { kind: "call" }>, scope: Scope): Value => {
  const [first, second, third] = expression.args;
  if (!first) throw new SyntaxError("Error in expression: an argument is missing");
  if (expression.name === "FILL" && second) return fill(evaluate(first, scope), second, scope);
  if (expression.name === "IF" && second && third) {
    return choose(one(evaluate(first, scope)), one(evaluate(second, scope)), one(evaluate(third, scope)));
  }
  const single = SINGLE[expression.name];
  if (single) return zip([one(evaluate(first, scope))], ([point = 0]) => single(point));
  return fold(expression.name, evaluate(first, scope));
};

const evaluate = (expression: Expression, scope: Scope): Value => {
  switch (expression.kind) {
    case "number":
      return expression.value;
    case "id":
      return scope.seriesOf(expression.id);
    case "list":
      return expression.items.map((item) => asSeries(one(evaluate(item, scope)), scope.times));
    case "unary":
      return zip([one(evaluate(expression.operand, scope))], ([point = 0]) => -point);
    case "call":
      return call(expression, scope);
    default: {
      const operate = BINARY[expression.operator];
      if (!operate) throw new SyntaxError(`Error in expression: unknown operator '${expression.operator}'`);
      const operands = [one(evaluate(expression.left, scope)), one(evaluate(expression.right, scope))];
      return zip(operands, ([a = 0, b = 0]) => operate(a, b));
    }
  }
};

const asSeries = (value: number | Series, times: readonly number[]): Series =>
  typeof value === "number" ? finite(times.map((at) => [at, value])) : value;

/** The series an expression yields over the times of `scope`. Throws SyntaxError for a list where none may be. */
export const evaluateExpression = (expression: Expression, scope: Scope): Series =>
  asSeries(one(evaluate(expression, scope)), scope.times);
