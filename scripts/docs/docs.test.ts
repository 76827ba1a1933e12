import { access, readFile } from "node:fs/promises";
import { dirname, join, normalize } from "node:path";
import { describe, expect, test } from "vitest";
import { parseAllDocuments } from "yaml";
import { columns } from "../../src/api/crd/columns.ts";
import { lint } from "../../src/cli/lint/lint.ts";
import { readDocuments } from "../../src/cli/manifest/documents.ts";
import { root } from "../command.ts";
import { anchorsOf, type Block, linksOf, type Page, pagePaths, parsePage, readPage } from "./page.ts";

const pages = pagePaths().map(readPage);
const inDocs = pages.filter(({ path }) => path.startsWith("docs/") && !path.startsWith("docs/adr/"));

/** The page or file that a link names, and its anchor; undefined for one that leads out of the project. */
function targetOf(page: Page, link: string): { readonly path: string; readonly anchor?: string } | undefined {
  if (/^[a-z]+:/.test(link)) return undefined;
  const [file = "", anchor] = link.split("#", 2);
  const path = file === "" ? page.path : normalize(join(dirname(page.path), file)).replace(/\/$/, "");
  return { path, ...(anchor === undefined ? {} : { anchor }) };
}

async function problemOf(page: Page, link: string): Promise<string | undefined> {
  const target = targetOf(page, link);
  if (target === undefined) return undefined;
  const there = await access(join(root, target.path)).then(
    () => true,
    () => false,
  );
  if (!there) return `${link}: there is no ${target.path}`;
  if (target.anchor === undefined || !target.path.endsWith(".md")) return undefined;
  return anchorsOf(readPage(target.path)).has(target.anchor)
    ? undefined
    : `${link}: no heading of ${target.path} has this anchor`;
}

describe.each(pages)("$path", (page) => {
  test("its links lead somewhere", async () => {
    const problems = await Promise.all(linksOf(page).map((link) => problemOf(page, link)));
    expect(problems.filter((problem) => problem !== undefined)).toEqual([]);
  });

  const at = ({ line }: Block): string => `${page.path}:${line}`;

  test("its YAML is YAML, and its ModelRollouts have no error", () => {
    for (const block of page.blocks.filter(({ language }) => language === "yaml")) {
      const documents = parseAllDocuments(block.text);
      expect(Array.isArray(documents) ? documents.flatMap(({ errors }) => errors) : [], at(block)).toEqual(
        [],
      );
      if (!/^kind: ModelRollout$/m.test(block.text)) continue;
      const { objects } = lint(readDocuments(block.text, at(block)));
      const errors = objects.flatMap(({ findings }) => findings.filter(({ level }) => level === "error"));
      expect(objects.length, at(block)).toBeGreaterThan(0);
      expect(errors, at(block)).toEqual([]);
    }
  });

  test("each block of commands is run, or says why it is not", async () => {
    const commands = page.blocks.filter(({ language }) => language === "sh");
    expect(commands.filter(({ notRun }) => notRun === "").map(at)).toEqual([]);
    const unexplained = commands.filter(({ notRun }) => notRun === undefined);
    if (unexplained.length === 0) return;
    // No test has these programs, whoever runs the page.
    const outside = unexplained.filter(({ text }) => /^(aws|docker|argocd) /m.test(text));
    expect(outside.map(at)).toEqual([]);
    expect([page.runIn, page.runBy], unexplained.map(at).join(", ")).not.toEqual([undefined, undefined]);
    if (page.runBy !== undefined) {
      const name = page.path.slice(page.path.lastIndexOf("/") + 1);
      expect(await readFile(join(root, page.runBy), "utf8"), page.runBy).toContain(name);
    }
  });

  test("output is shown for commands that are run, and nothing else is a bare block of text", () => {
    const texts = page.blocks.filter(({ language }) => language === "text");
    for (const block of page.runIn === undefined ? [] : texts) {
      const before = page.blocks[page.blocks.indexOf(block) - 1];
      expect([before?.language, block.follows, before?.notRun], at(block)).toEqual(["sh", true, undefined]);
    }
  });
});

test("tables that kubectl prints have its columns, also where they are shown from another run", () => {
  const heads = pages.flatMap(({ blocks }) =>
    blocks.flatMap(({ text }) => text.split("\n").filter((line) => /^NAME +READY +STATE /.test(line))),
  );
  const names = (wide: boolean): string =>
    ["NAME", ...columns.filter(({ priority }) => wide || priority === undefined).map(({ name }) => name)]
      .join(" ")
      .toUpperCase();
  expect(heads.length).toBeGreaterThan(3);
  for (const head of heads)
    expect([names(false), names(true)]).toContain(head.replaceAll(/\s+/g, " ").trim());
});

test("docs/README.md names every page", () => {
  const index = readPage("docs/README.md");
  const named = new Set(linksOf(index).map((link) => targetOf(index, link)?.path));
  const pagesOfDocs = inDocs.map(({ path }) => path).filter((path) => path !== index.path);
  expect([...pagesOfDocs, "docs/adr/README.md"].filter((path) => !named.has(path))).toEqual([]);
});

test("a dead link, a dead anchor and an unexplained block are found", async () => {
  const page = parsePage("docs/x.md", "# A b: `c`\n\n[x](y.md) [z](#a-b-c) [q](#a-b)\n\n```sh\nls\n```\n");
  expect([...anchorsOf(page)]).toEqual(["a-b-c"]);
  expect(linksOf(page)).toEqual(["y.md", "#a-b-c", "#a-b"]);
  expect(await problemOf(page, "y.md")).toContain("there is no docs/y.md");
  expect(await problemOf(readPage("docs/install.md"), "#1-the-image")).toBeUndefined();
  expect(await problemOf(readPage("docs/install.md"), "#nowhere")).toContain("no heading");
  expect(page.blocks[0]?.notRun).toBeUndefined();
});
