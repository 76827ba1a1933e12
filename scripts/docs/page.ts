import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../command.ts";

/** One fenced block of a page. */
export interface Block {
  /** Line of its fence, from 1. */
  readonly line: number;
  /** The word behind the fence; empty if there is none. */
  readonly language: string;
  readonly text: string;
  /** Why it is not run: what `<!-- not run: WHY -->` above it says. */
  readonly notRun?: string;
  /** The file that a reader saves it as: what `<!-- file: NAME -->` above it says. */
  readonly file?: string;
  /** Nothing but empty lines stands between the block before and this one. */
  readonly follows: boolean;
}

/** A page of Markdown. */
export interface Page {
  /** From the root of the project. */
  readonly path: string;
  readonly blocks: readonly Block[];
  /** Its text without blocks. */
  readonly prose: string;
  /** `<!-- run in: PLACE -->`: the place where its commands are run. */
  readonly runIn?: string;
  /** `<!-- run by: FILE -->`: the test of its own that runs them. */
  readonly runBy?: string;
}

/** Pages of the project that people read, generated ones included. */
export function pagePaths(): readonly string[] {
  const below = (folder: string): readonly string[] =>
    readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
      .filter((path) => path.endsWith(".md"))
      .map((path) => join(folder, path));
  const others = ["README.md", "CONTRIBUTING.md", "CHANGELOG.md", "test/aws-simulator/README.md"];
  return [...others, ...below("docs")].sort();
}

/** @throws Error when there is no such page, or when one of its fences is not closed */
export function readPage(path: string): Page {
  return parsePage(path, readFileSync(join(root, path), "utf8"));
}

/** What a comment of the form `<!-- NAME: VALUE -->` says, if there is one. */
function said(name: string, text: string): string | undefined {
  return new RegExp(`^\\s*<!-- ${name}: (.+) -->$`, "m").exec(text)?.[1];
}

/** An object with the fields that have a value. */
function known<T extends Readonly<Record<string, string | undefined>>>(
  fields: T,
): { [K in keyof T]?: string } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: string;
  };
}

/** @throws Error when a fence is not closed */
export function parsePage(path: string, text: string): Page {
  const blocks: Block[] = [];
  const prose: string[] = [];
  const lines = text.split("\n");
  let between: string[] = ["the beginning"];
  for (let index = 0; index < lines.length; index++) {
    const line = lines[index] ?? "";
    const [, indent = "", ticks, language = ""] = /^(\s*)(`{3,})(\S*)/.exec(line) ?? [];
    if (ticks === undefined) {
      prose.push(line);
      between.push(line);
      continue;
    }
    const end = lines.findIndex((each, at) => at > index && each.trim() === ticks);
    if (end < 0) throw new Error(`${path}:${index + 1}: the block is not closed`);
    const body = lines.slice(index + 1, end).map((each) => `${each.slice(indent.length)}\n`);
    const last = between.findLast((each) => each.trim() !== "") ?? "";
    const marks = known({ notRun: said("not run", last), file: said("file", last) });
    blocks.push({ line: index + 1, language, text: body.join(""), follows: last === "", ...marks });
    between = [];
    index = end;
  }
  const places = known({ runIn: said("run in", text), runBy: said("run by", text) });
  return { path, blocks, prose: prose.join("\n"), ...places };
}

/** The anchors that GitHub gives to the headings of a page. */
export function anchorsOf({ prose }: Page): ReadonlySet<string> {
  const seen = new Map<string, number>();
  const anchors = new Set<string>();
  for (const [, title = ""] of prose.matchAll(/^#{1,6} (.+)$/gm)) {
    const text = title.replaceAll(/\[([^\]]*)\]\([^)]*\)/g, "$1");
    const slug = text
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, "")
      .trim()
      .replaceAll(/\s/g, "-");
    const count = seen.get(slug) ?? 0;
    seen.set(slug, count + 1);
    anchors.add(count === 0 ? slug : `${slug}-${count}`);
  }
  return anchors;
}

/** Targets of links and pictures, as they are written. Code is no link. */
export function linksOf({ prose }: Page): readonly string[] {
  const text = prose.replaceAll(/`[^`\n]*`/g, "");
  return [...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = ""]) => target);
}
