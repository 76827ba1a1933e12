import { CelError } from "./expression.ts";

export type Token =
  | { readonly kind: "name" | "symbol"; readonly text: string }
  | { readonly kind: "string"; readonly text: string }
  | { readonly kind: "number"; readonly value: number }
  | { readonly kind: "end" };

const shape =
  /\s*(?:(?<name>[A-Za-z_]\w*)|(?<number>\d+(?:\.\d+)?)|(?<string>'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*")|(?<symbol>\|\||&&|[=!<>]=|[-+<>!?:.,()[\]]))/y;

const escapes: Readonly<Record<string, string>> = { n: "\n", t: "\t", r: "\r" };

/** Throws CelError. */
export function tokensOf(source: string): readonly Token[] {
  const tokens: Token[] = [];
  const text = source.trimEnd();
  shape.lastIndex = 0;
  while (shape.lastIndex < text.length) {
    const at = shape.lastIndex;
    const groups = shape.exec(text)?.groups;
    if (groups === undefined)
      throw new CelError(`not understood from ${JSON.stringify(text.slice(at, at + 20))} on`);
    tokens.push(tokenOf(groups));
  }
  return [...tokens, { kind: "end" }];
}

function tokenOf(groups: Readonly<Record<string, string | undefined>>): Token {
  const { name, number, string, symbol = "" } = groups;
  if (name !== undefined) return { kind: "name", text: name };
  if (number !== undefined) return { kind: "number", value: Number(number) };
  if (string === undefined) return { kind: "symbol", text: symbol };
  const inner = string.slice(1, -1);
  return {
    kind: "string",
    text: inner.replaceAll(/\\(.)/g, (_, letter: string) => escapes[letter] ?? letter),
  };
}
