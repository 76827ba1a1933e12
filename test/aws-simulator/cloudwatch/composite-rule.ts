import type { StateValue } from "@aws-sdk/client-cloudwatch";

/**
 * The rule of a composite alarm: ALARM(x), OK(x), INSUFFICIENT_DATA(x), TRUE, FALSE, AND, OR, NOT and parentheses; x is
 * a name or an ARN, quoted where it holds spaces or parentheses. Source: API reference, PutCompositeAlarm.
 */
export type CompositeRule =
  | { readonly kind: "state"; readonly state: StateValue; readonly alarm: string }
  | { readonly kind: "constant"; readonly value: boolean }
  | { readonly kind: "not"; readonly operand: CompositeRule }
  | { readonly kind: "and" | "or"; readonly left: CompositeRule; readonly right: CompositeRule };

const TOKEN = /\s*(?:"((?:[^"\\]|\\.)*)"|([()])|([^\s()"]+))/y;

interface Token {
  readonly text: string;
  readonly quoted: boolean;
}

const tokens = (rule: string): Token[] => {
  const found: Token[] = [];
  TOKEN.lastIndex = 0;
  const text = rule.trimEnd();
  while (TOKEN.lastIndex < text.length) {
    const match = TOKEN.exec(text);
    if (!match) throw new SyntaxError("Invalid AlarmRule");
    const quoted = match[1];
    if (quoted !== undefined) found.push({ text: quoted.replaceAll(/\\(.)/g, "$1"), quoted: true });
    else found.push({ text: match[2] ?? match[3] ?? "", quoted: false });
  }
  return found;
};

const STATES: Readonly<Record<string, StateValue>> = {
  ALARM: "ALARM",
  OK: "OK",
  INSUFFICIENT_DATA: "INSUFFICIENT_DATA",
};

class Parser {
  readonly #tokens: readonly Token[];
  #at = 0;

  constructor(all: readonly Token[]) {
    this.#tokens = all;
  }

  whole(): CompositeRule {
    const rule = this.#or();
    if (this.#at < this.#tokens.length)
      throw new SyntaxError(`Invalid AlarmRule near '${this.#tokens[this.#at]?.text}'`);
    return rule;
  }

  #or(): CompositeRule {
    let left = this.#and();
    while (this.#take("OR")) left = { kind: "or", left, right: this.#and() };
    return left;
  }

  #and(): CompositeRule {
    let left = this.#not();
    while (this.#take("AND")) left = { kind: "and", left, right: this.#not() };
    return left;
  }

  #not(): CompositeRule {
    return this.#take("NOT") ? { kind: "not", operand: this.#not() } : this.#atom();
  }

  #atom(): CompositeRule {
    if (this.#take("(")) {
      const inner = this.#or();
      this.#need(")");
      return inner;
    }
    if (this.#take("TRUE")) return { kind: "constant", value: true };
    if (this.#take("FALSE")) return { kind: "constant", value: false };
    return this.#state();
  }

  #state(): CompositeRule {
    const token = this.#tokens[this.#at++];
    const state = token && !token.quoted ? STATES[token.text.toUpperCase()] : undefined;
    if (!state) throw new SyntaxError(`Invalid AlarmRule near '${token?.text ?? "end"}'`);
    this.#need("(");
    const alarm = this.#tokens[this.#at++];
    if (!alarm || (!alarm.quoted && (alarm.text === "(" || alarm.text === ")"))) {
      throw new SyntaxError("Invalid AlarmRule: an alarm name is missing");
    }
    this.#need(")");
    return { kind: "state", state, alarm: alarm.text };
  }

  #take(word: string): boolean {
    const token = this.#tokens[this.#at];
    if (!token || token.quoted || token.text.toUpperCase() !== word) return false;
    this.#at++;
    return true;
  }

  #need(word: string): void {
    if (!this.#take(word)) throw new SyntaxError(`Invalid AlarmRule: expected '${word}'`);
  }
}

/** Throws SyntaxError. */
export const parseCompositeRule = (text: string): CompositeRule => new Parser(tokens(text)).whole();

/** The names or ARNs a rule speaks of. */
export const alarmsOf = (rule: CompositeRule): string[] => {
  switch (rule.kind) {
    case "state":
      return [rule.alarm];
    case "constant":
      return [];
    case "not":
      return alarmsOf(rule.operand);
    default:
      return [...alarmsOf(rule.left), ...alarmsOf(rule.right)];
  }
};

/** Whether the rule holds. `stateOf` says undefined for an alarm that is gone, which is in no state. */
export const holds = (rule: CompositeRule, stateOf: (alarm: string) => StateValue | undefined): boolean => {
  switch (rule.kind) {
    case "state":
      return stateOf(rule.alarm) === rule.state;
    case "constant":
      return rule.value;
    case "not":
      return !holds(rule.operand, stateOf);
    case "and":
      return holds(rule.left, stateOf) && holds(rule.right, stateOf);
    default:
      return holds(rule.left, stateOf) || holds(rule.right, stateOf);
  }
};
