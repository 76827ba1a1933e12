import { isMap, isPair, isScalar, isSeq, LineCounter, type Node, parseAllDocuments } from "yaml";
import { Problem } from "../problem.ts";
import { MAX_BYTES } from "./bounded-text.ts";

/** One object of a file, with the lines that its fields stand on. */
export interface ManifestObject {
  /** As JSON: what kubectl would send. */
  readonly value: unknown;
  /** From 1. */
  readonly line: number;
  /** Line of a field, as `["spec", "strategy", "steps", 0]`, or of the nearest one above it that is there. */
  lineOf(path: readonly (string | number)[]): number;
}

const MAX_DOCUMENTS = 1_000;
/** References to anchors; a YAML bomb has millions. kubectl has a limit of the same kind. */
const MAX_ALIASES = 100;
/** Deeper than any object that Kubernetes has. */
const MAX_DEPTH = 100;

/**
 * The documents of a file, with the items of a `v1` List one by one; empty documents are left out. Read as kubectl
 * reads it, by YAML 1.1: `no` is false there. Throws Problem (refused), naming the line, for what is no YAML and for
 * what would grow beyond measure.
 */
export function readDocuments(text: string, file: string): readonly ManifestObject[] {
  if (Buffer.byteLength(text) > MAX_BYTES) throw refused(file, "it is larger than 3 MiB");
  const lines = new LineCounter();
  const documents = parsed(text, file, lines);
  if (documents.length > MAX_DOCUMENTS) throw refused(file, `it has more than ${MAX_DOCUMENTS} documents`);
  return documents.flatMap((document) => {
    const error = document.errors[0];
    if (error !== undefined) {
      throw refused(file, oneLine(error.message), lines.linePos(error.pos[0]).line);
    }
    const root = document.contents;
    if (root === null) return [];
    if (depthOf(root) > MAX_DEPTH) throw refused(file, `it is nested more than ${MAX_DEPTH} levels deep`);
    const value = valueOf(() => document.toJS({ maxAliasCount: MAX_ALIASES }), file, lineAt(root, lines));
    return value === null || value === undefined ? [] : itemsOf(value, root, lines);
  });
}

function parsed(text: string, file: string, lineCounter: LineCounter) {
  try {
    const documents = parseAllDocuments(text, {
      version: "1.1",
      lineCounter,
      prettyErrors: false,
      customTags: (tags) => tags.filter((tag) => typeof tag === "string" || isJson(tag)),
    });
    return Array.isArray(documents) ? documents : [];
  } catch (error) {
    // A stack that overflows, on brackets nested thousands deep.
    if (error instanceof RangeError) throw refused(file, "it is nested too deeply");
    throw error;
  }
}

const jsonTags = new Set(["map", "seq", "str", "null", "bool", "int", "float", "merge"]);

/** kubectl reads neither dates nor binary data nor sets, and 10:30 is no number there. */
function isJson({ tag, format }: { readonly tag: string; readonly format?: string }): boolean {
  return jsonTags.has(tag.replace("tag:yaml.org,2002:", "")) && format !== "TIME";
}

function valueOf(read: () => unknown, file: string, line: number): unknown {
  try {
    // Once through JSON: what comes out is what would be sent.
    return JSON.parse(JSON.stringify(read()));
  } catch (error) {
    if (error instanceof ReferenceError) {
      const bomb = error.message.includes("alias count");
      const what = bomb ? "its anchors and aliases would grow beyond measure" : oneLine(error.message);
      throw refused(file, what, line);
    }
    if (error instanceof RangeError) throw refused(file, "it is nested too deeply", line);
    if (error instanceof TypeError) throw refused(file, "an anchor contains itself", line);
    throw error;
  }
}

/** Without following aliases: those are counted when the value is made. */
function depthOf(node: unknown): number {
  let deepest = 0;
  const open: (readonly [unknown, number])[] = [[node, 1]];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const [at, depth] = next;
    deepest = Math.max(deepest, depth);
    if (isMap(at)) for (const pair of at.items) open.push([pair.value, depth + 1]);
    else if (isSeq(at)) for (const item of at.items) open.push([item, depth + 1]);
  }
  return deepest;
}

function itemsOf(value: unknown, root: Node, lines: LineCounter): readonly ManifestObject[] {
  const list = value as { readonly kind?: unknown; readonly items?: unknown };
  if (list.kind !== "List" || !Array.isArray(list.items)) return [objectOf(value, root, [], lines)];
  return list.items.map((item: unknown, index) => objectOf(item, root, ["items", index], lines));
}

function objectOf(
  value: unknown,
  root: Node,
  above: readonly (string | number)[],
  lines: LineCounter,
): ManifestObject {
  const lineOf = (path: readonly (string | number)[]) => lineBelow(root, [...above, ...path], lines);
  return { value, line: lineOf([]), lineOf };
}

function lineBelow(root: Node, path: readonly (string | number)[], lines: LineCounter): number {
  let line = lineAt(root, lines);
  let at: unknown = root;
  for (const key of path) {
    const [where, next] = stepInto(at, key);
    if (where === undefined) break;
    line = lineAt(where, lines) || line;
    at = next;
  }
  return line;
}

/** What the step is shown at (the key, or the item), and where the next one goes on. */
function stepInto(at: unknown, key: string | number): readonly [unknown, unknown] {
  if (isSeq(at) && typeof key === "number") return [at.items[key], at.items[key]];
  if (!isMap(at)) return [undefined, undefined];
  const pair = at.items.find(
    (item) => isPair(item) && isScalar(item.key) && String(item.key.value) === String(key),
  );
  return [pair?.key, pair?.value];
}

function lineAt(node: unknown, lines: LineCounter): number {
  const range = (node as { readonly range?: readonly number[] | null } | null)?.range;
  return range?.[0] === undefined ? 0 : lines.linePos(range[0]).line;
}

function refused(file: string, what: string, line?: number): Problem {
  return new Problem("refused", `${file}${line === undefined || line === 0 ? "" : `:${line}`}: ${what}`);
}

const oneLine = (text: string) => text.replaceAll(/\s+/g, " ").trim();
