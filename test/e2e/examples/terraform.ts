import type { Block, Body, Expression } from "./hcl.ts";
import { parseHcl } from "./hcl.ts";

/** A value as a resource gets it. */
export type Value = string | number | boolean | readonly Value[] | { readonly [key: string]: Value };

/** Arguments of a resource or of a block in it; a block that may come several times is a list. */
export type Arguments = Readonly<Record<string, Value>>;

/** What others may refer to, as `arn`. */
export type Attributes = Readonly<Record<string, string>>;

/** What a nested block is, and whether it may come several times. */
export type Shape = {
  readonly required?: readonly string[];
  readonly optional?: readonly string[];
  readonly blocks?: Readonly<Record<string, Shape & { readonly many?: boolean }>>;
};

/** A type of resource or data source: what may be written, and what makes it. */
export type ResourceType = Shape & { readonly make: (given: Arguments) => Attributes };

/** By `aws_lb_target_group` and `data.aws_lb`. */
export type ResourceTypes = Readonly<Record<string, ResourceType>>;

/** A value that is one word of text. @throws TypeError for a list or an object; nothing is "" */
export function textOf(value: Value | undefined): string {
  if (typeof value === "object") throw new TypeError(`${JSON.stringify(value)} is no text`);
  return String(value ?? "");
}

/** Something that a file has made, or looked up. */
export type Made = {
  /** `aws_lb_target_group.a`. */
  readonly address: string;
  readonly given: Arguments;
  readonly attributes: Attributes;
  /** References in `lifecycle.ignore_changes`, as `action` or `spec.0.http_route`. */
  readonly ignored: readonly string[];
};

/** What one file came to. */
export type Applied = {
  readonly made: readonly Made[];
  readonly outputs: Readonly<Record<string, Value>>;
};

/**
 * Makes all that a Terraform file has, each resource once, those that it refers to before it. Variables have the values
 * given. Whatever a type does not know is an error, as in `terraform validate`.
 * @throws Error naming the resource
 */
export function applyTerraform(
  source: string,
  types: ResourceTypes,
  variables: Readonly<Record<string, string>>,
): Applied {
  return new Run(parseHcl(source), types, variables).apply();
}

class Run {
  readonly #blocks: ReadonlyMap<string, Block>;
  readonly #outputs: readonly Block[];
  readonly #types: ResourceTypes;
  readonly #variables: Readonly<Record<string, string>>;
  readonly #made = new Map<string, Made>();
  readonly #making = new Set<string>();

  constructor(file: Body, types: ResourceTypes, variables: Readonly<Record<string, string>>) {
    this.#types = types;
    this.#variables = variables;
    this.#outputs = file.blocks.filter(({ type }) => type === "output");
    this.#blocks = new Map(
      file.blocks
        .filter(({ type }) => type !== "output")
        .map((block) => [[...prefixOf(block), ...block.labels].join("."), block]),
    );
    if (Object.keys(file.attributes).length > 0) throw new Error("an argument stands outside of any block");
  }

  apply(): Applied {
    for (const [address, { type }] of this.#blocks) if (type !== "variable") this.#make(address);
    const outputs = this.#outputs.map(({ labels: [name = ""], body }) => [
      name,
      this.#value(body.attributes["value"] ?? { kind: "literal", value: "" }),
    ]);
    return { made: [...this.#made.values()], outputs: Object.fromEntries(outputs) as Record<string, Value> };
  }

  #make(address: string): Made {
    const known = this.#made.get(address);
    if (known !== undefined) return known;
    const block = this.#blocks.get(address);
    if (block === undefined) throw new Error(`there is no ${address}`);
    if (this.#making.has(address)) throw new Error(`${address} refers to itself`);
    this.#making.add(address);
    const type = this.#types[address.slice(0, address.lastIndexOf("."))];
    if (type === undefined) throw new Error(`${address}: no such type of resource is known here`);
    const lifecycle = block.body.blocks.find(({ type }) => type === "lifecycle");
    const rest = { ...block.body, blocks: block.body.blocks.filter((each) => each !== lifecycle) };
    const given = this.#arguments(address, rest, type);
    const made = { address, given, attributes: type.make(given), ignored: ignoredIn(lifecycle) };
    this.#made.set(address, made);
    return made;
  }

  #arguments(where: string, body: Body, shape: Shape): Arguments {
    const { required = [], optional = [], blocks = {} } = shape;
    const named = Object.entries(body.attributes);
    for (const [name] of named)
      if (![...required, ...optional].includes(name)) throw new Error(`${where} has no argument ${name}`);
    for (const name of required)
      if (!(name in body.attributes)) throw new Error(`${where} lacks the argument ${name}`);
    const values: Record<string, Value> = Object.fromEntries(
      named.map(([name, expression]) => [name, this.#value(expression)]),
    );
    for (const block of body.blocks) {
      const inner = blocks[block.type];
      if (inner === undefined) throw new Error(`${where} has no block ${block.type}`);
      const value = this.#arguments(`${where}.${block.type}`, block.body, inner);
      const before = values[block.type];
      if (inner.many !== true && before !== undefined) throw new Error(`${where}: ${block.type} comes twice`);
      values[block.type] = inner.many === true ? [...((before ?? []) as readonly Value[]), value] : value;
    }
    return values;
  }

  #value(expression: Expression): Value {
    switch (expression.kind) {
      case "literal":
        return expression.value;
      case "template":
        return expression.parts.map((part) => textOf(this.#value(part))).join("");
      case "list":
        return expression.items.map((item) => this.#value(item));
      case "object":
        return Object.fromEntries(expression.entries.map(([key, value]) => [key, this.#value(value)]));
      case "reference":
        return this.#referred(expression.path);
    }
  }

  #referred(path: readonly string[]): Value {
    const [first = "", second = ""] = path;
    if (first === "var") {
      const value = this.#blocks.has(`var.${second}`) ? this.#variables[second] : undefined;
      if (value === undefined) throw new Error(`there is no variable ${second}`);
      return value;
    }
    const [address, attribute] = [path.slice(0, -1).join("."), path.at(-1) ?? ""];
    const { given, attributes } = this.#make(address);
    const value = attributes[attribute] ?? given[attribute];
    if (value === undefined) throw new Error(`${address} has no attribute ${attribute}`);
    return value;
  }
}

function prefixOf({ type }: Block): readonly string[] {
  if (type === "resource") return [];
  if (type === "data") return ["data"];
  if (type === "variable") return ["var"];
  throw new Error(`a block ${type} is not understood`);
}

function ignoredIn(lifecycle: Block | undefined): readonly string[] {
  const list = lifecycle?.body.attributes["ignore_changes"];
  if (list?.kind !== "list") return [];
  return list.items.map((item) => (item.kind === "reference" ? item.path.join(".") : "?"));
}
