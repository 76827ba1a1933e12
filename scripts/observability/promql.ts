/** One series selector of an expression. */
export interface Selector {
  readonly metric: string;
  readonly matchers: readonly Matcher[];
}

export interface Matcher {
  readonly label: string;
  readonly operator: "=" | "!=" | "=~" | "!~";
  readonly value: string;
}

/** What an expression refers to by name. */
export interface References {
  readonly selectors: readonly Selector[];
  /** Labels in `by`, `without`, `on`, `ignoring`, `group_left` and `group_right`. */
  readonly groupings: readonly string[];
  /** Functions and aggregations. */
  readonly functions: readonly string[];
}

const token =
  /\s+|"(?:[^"\\]|\\.)*"|\[[^\]]*\]|\d+(?:\.\d+)?|\$?[A-Za-z_][A-Za-z0-9_]*|=~|!~|!=|==|>=|<=|[-+*/%^<>=(){},]/gy;
const groupingWords = ["by", "without", "on", "ignoring", "group_left", "group_right"];
const operatorWords = ["and", "or", "unless", "bool"];

/** Tokens of the expression. @throws Error at something that is no PromQL */
function tokensOf(expression: string): readonly string[] {
  const tokens: string[] = [];
  token.lastIndex = 0;
  while (token.lastIndex < expression.length) {
    const at = token.lastIndex;
    const [text] = token.exec(expression) ?? [];
    if (text === undefined) throw new Error(`no PromQL at ${at}: ${expression.slice(at, at + 30)}`);
    if (text.trim() !== "") tokens.push(text);
  }
  return tokens;
}

/**
 * Finds the names that an expression uses. It knows PromQL's words and brackets, not its types.
 * @throws Error for text that cannot be PromQL
 */
export function referencesOf(expression: string): References {
  const tokens = tokensOf(expression);
  balanced(tokens, expression);
  const [selectors, groupings, functions]: [Selector[], string[], string[]] = [[], [], []];
  for (let at = 0; at < tokens.length; at += 1) {
    const text = tokens[at] ?? "";
    if (!/^[A-Za-z_]/.test(text) || operatorWords.includes(text)) continue;
    const next = tokens[at + 1] ?? "";
    if (groupingWords.includes(text)) {
      const end = tokens.indexOf(")", at);
      groupings.push(...tokens.slice(at + 2, end).filter((name) => name !== ","));
      at = end;
    } else if (["(", "by", "without"].includes(next)) {
      functions.push(text);
    } else {
      const end = next === "{" ? tokens.indexOf("}", at) : at;
      selectors.push({ metric: text, matchers: matchersOf(tokens.slice(at + 2, end), expression) });
      at = end;
    }
  }
  return { selectors, groupings, functions };
}

/** @throws Error unless every bracket has its other half, and every grouping word its labels */
function balanced(tokens: readonly string[], expression: string): void {
  const open: string[] = [];
  for (const [index, text] of tokens.entries()) {
    if (text === "(" || text === "{") open.push(text);
    const expected = text === ")" ? "(" : "{";
    if ((text === ")" || text === "}") && open.pop() !== expected)
      throw new Error(`a ${text} too many: ${expression}`);
    if (groupingWords.includes(text) && tokens[index + 1] !== "(")
      throw new Error(`${text} without labels: ${expression}`);
  }
  if (open.length > 0) throw new Error(`a ${open.at(-1)} too many: ${expression}`);
}

function matchersOf(tokens: readonly string[], expression: string): readonly Matcher[] {
  const matchers: Matcher[] = [];
  for (let at = 0; at < tokens.length; at += 4) {
    const [label = "", operator = "", quoted = "", comma = ","] = tokens.slice(at, at + 4);
    if (!/^(=|!=|=~|!~)$/.test(operator) || !quoted.startsWith('"') || comma !== ",")
      throw new Error(`no label matcher: ${label}${operator}${quoted} in ${expression}`);
    matchers.push({ label, operator: operator as Matcher["operator"], value: quoted.slice(1, -1) });
  }
  return matchers;
}
