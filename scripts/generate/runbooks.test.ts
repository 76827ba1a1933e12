import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { reasons } from "../../src/api/reasons.ts";
import { root } from "../command.ts";
import { anchorsOf, parsePage, readPage } from "../docs/page.ts";
import { checks } from "./runbooks/runbook.ts";
import { runbookOf, runbookPages } from "./runbooks.ts";

const parts = ["What it means", "Meanwhile", "What to check", "What to do"];

describe("runbooks", () => {
  test.each(Object.keys(reasons))("%s has one, with all its parts, where the reference says", (reason) => {
    const [path = "", anchor = ""] = runbookOf(reason).replace("../", "docs/").split("#");
    const page = runbookPages.find((each) => each.path === path);
    const text = page?.render() ?? "";
    expect(anchorsOf(parsePage(path, text))).toContain(anchor);
    const section = text.split(/^## /m).find((each) => each.startsWith(`${reason}\n`)) ?? "";
    for (const part of parts) expect(section).toMatch(new RegExp(`^\\*\\*${part}\\.\\*\\* \\S.{3,}`, "m"));
    expect(readFileSync(join(root, "docs/reference/reasons.md"), "utf8")).toContain(runbookOf(reason));
  });

  test("every place to look at has commands", () => {
    const page = readPage("docs/runbooks/README.md");
    for (const { anchor } of Object.values(checks)) expect(anchorsOf(page)).toContain(anchor);
    const text = readFileSync(join(root, "docs/runbooks/README.md"), "utf8");
    const sections = text.split(/^## /m).slice(1);
    expect(sections.filter((section) => !section.includes("```sh"))).toEqual([]);
  });
});
