/**
 * As much of HCL as the Terraform beside the examples uses: blocks, attributes, strings with `${…}`, numbers, true and
 * false, lists, objects, and references such as `aws_lb.edge.arn` or `spec[0].http_route`. Anything else is an error,
 * so that no line of an example is passed over.
 */

export type Expression =
  | { readonly kind: "literal"; readonly value: string | number | boolean }
  /** Texts and references in turn. */
  | { readonly kind: "template"; readonly parts: readonly Expression[] }
  | { readonly kind: "list"; readonly items: readonly Expression[] }
  | { readonly kind: "object"; readonly entries: readonly (readonly [string, Expression])[] }
  /** `["aws_lb", "edge", "arn"]`; an index is a step of its own, as `"0"`. */
  | { readonly kind: "reference"; readonly path: readonly string[] };

export interface Block {
  readonly type: string;
  readonly labels: readonly string[];
  readonly body: Body;
}

export interface Body {
  readonly attributes: Readonly<Record<string, Expression>>;
  readonly blocks: readonly Block[];
}

const TOKEN = /\s+|#[^\n]*|\/\/[^\n]*|([A-Za-z_][\w-]*)|(\d+(?:\.\d+)?)|"((?:[^"\\]|\\.)*)"|([{}[\]=,.])/y;

type Token = { readonly kind: "word" | "number" | "string" | "mark"; readonly text: string };

function tokensOf(source: string): readonly Token[] {
  const tokens: Token[] = [];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < source.length) {
    const at = TOKEN.lastIndex;
    const match = TOKEN.exec(source);
    if (match === null) {
      const line = source.slice(0, at).split("\n").length;
      throw new SyntaxError(`line ${line}: ${JSON.stringify(source.slice(at, at + 20))} is not understood`);
    }
    const [, word, number, string, mark] = match;
    if (word !== undefined) tokens.push({ kind: "word", text: word });
    else if (number !== undefined) tokens.push({ kind: "number", text: number });
    else if (string !== undefined) tokens.push({ kind: "string", text: string });
    else if (mark !== undefined) tokens.push({ kind: "mark", text: mark });
  }
  return tokens;
}

/** Reads a file. @throws SyntaxError */
export function parseHcl(source: string): Body {
  const reader = new Reader(tokensOf(source));
  const body = reader.body();
  reader.end();
  return body;
}

class Reader {
  readonly #tokens: readonly Token[];
  #at = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  end(): void {
    if (this.#at < this.#tokens.length) throw this.#unexpected();
  }

  body(): Body {
    const attributes: Record<string, Expression> = {};
    const blocks: Block[] = [];
    while (this.#peek()?.kind === "word") {
      const name = this.#take("word");
      if (this.#accept("=")) {
        if (name in attributes) throw new SyntaxError(`${name} is given twice`);
        attributes[name] = this.#expression();
      } else blocks.push(this.#block(name));
    }
    return { attributes, blocks };
  }

  #block(type: string): Block {
    const labels: string[] = [];
    while (this.#peek()?.kind === "string") labels.push(this.#take("string"));
    this.#need("{");
    const body = this.body();
    this.#need("}");
    return { type, labels, body };
  }

  #expression(): Expression {
    const next = this.#peek();
    switch (next?.kind) {
      case "number":
        return { kind: "literal", value: Number(this.#take("number")) };
      case "string":
        return templateOf(this.#take("string"));
      case "word":
        return this.#wordly();
      default:
        if (this.#accept("[")) return { kind: "list", items: this.#items() };
        if (this.#accept("{")) return { kind: "object", entries: this.#entries() };
        throw this.#unexpected();
    }
  }

  #wordly(): Expression {
    const first = this.#take("word");
    if (first === "true" || first === "false") return { kind: "literal", value: first === "true" };
    const path = [first];
    for (;;) {
      if (this.#accept(".")) path.push(this.#take("word"));
      else if (this.#accept("[")) {
        path.push(this.#take("number"));
        this.#need("]");
      } else return { kind: "reference", path };
    }
  }

  #items(): readonly Expression[] {
    const items: Expression[] = [];
    while (!this.#accept("]")) {
      items.push(this.#expression());
      if (!this.#accept(",") && this.#peek()?.text !== "]") throw this.#unexpected();
    }
    return items;
  }

  #entries(): readonly (readonly [string, Expression])[] {
    const entries: [string, Expression][] = [];
    while (!this.#accept("}")) {
      const key = this.#peek()?.kind === "string" ? this.#take("string") : this.#take("word");
      this.#need("=");
      entries.push([key, this.#expression()]);
      this.#accept(",");
    }
    return entries;
  }

  #peek(): Token | undefined {
    return this.#tokens[this.#at];
  }

  #accept(mark: string): boolean {
    const next = this.#peek();
    if (next?.kind !== "mark" || next.text !== mark) return false;
    this.#at++;
    return true;
  }

  #need(mark: string): void {
    if (!this.#accept(mark)) throw this.#unexpected(mark);
  }

  #take(kind: Token["kind"]): string {
    const next = this.#peek();
    if (next?.kind !== kind) throw this.#unexpected(`a ${kind}`);
    this.#at++;
    return next.text;
  }

  #unexpected(wanted?: string): SyntaxError {
    const before = this.#tokens.slice(Math.max(0, this.#at - 4), this.#at).map(({ text }) => text);
    const found = this.#peek()?.text ?? "the end";
    const instead = wanted === undefined ? "" : `, not ${wanted}`;
    return new SyntaxError(
      `after ${JSON.stringify(before.join(" "))} comes ${JSON.stringify(found)}${instead}`,
    );
  }
}

/** A string, with the references in it. */
function templateOf(text: string): Expression {
  const parts = text.split(/\$\{([^}]*)\}/).map((part, index): Expression => {
    if (index % 2 === 0) return { kind: "literal", value: JSON.parse(`"${part}"`) as string };
    return { kind: "reference", path: part.trim().split(".") };
  });
  const [only] = parts;
  return parts.length === 1 && only !== undefined ? only : { kind: "template", parts };
}
