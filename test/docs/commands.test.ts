import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { missingLine } from "../../scripts/docs/expected-output.ts";
import { type Block, type Page, pagePaths, readPage } from "../../scripts/docs/page.ts";
import { type Playground, startPlayground } from "../world/playground.ts";
import { localManifest } from "./local-manifest.ts";
import { openShell, type ReaderShell } from "./shell.ts";

/** For whoever writes a page: all that its commands print. */
const transcript = process.env["MODELROLLOUT_DOCS_TRANSCRIPT"] === "true";

/** The places that a page may name, and what is there already. */
const places: Readonly<Record<string, { readonly service: boolean }>> = {
  playground: { service: false },
  "playground with a service": { service: true },
};

const pages = pagePaths()
  .map(readPage)
  .filter(({ runIn }) => runIn !== undefined);

/** Shell blocks that are run, each with the output that the page shows for it. */
function commandsOf({ blocks }: Page): readonly { readonly block: Block; readonly shown: string }[] {
  return blocks.flatMap((block, index) => {
    if (block.language !== "sh" || block.notRun !== undefined) return [];
    const next = blocks[index + 1];
    return [{ block, shown: next?.language === "text" && next.follows ? next.text : "" }];
  });
}

/** Files that the reader is to have: the blocks with a name. */
function filesOf({ blocks }: Page): readonly { readonly name: string; readonly text: string }[] {
  return blocks.flatMap(({ file, text }) => (file === undefined ? [] : [{ name: file, text }]));
}

test("some pages have commands that are run", () => {
  expect(pages.length).toBeGreaterThan(3);
  expect(pages.filter(({ runIn = "" }) => !(runIn in places)).map(({ path }) => path)).toEqual([]);
});

describe.each(pages)("$path", (page) => {
  let playground: Playground;
  let shell: ReaderShell;
  beforeAll(async () => {
    const place = places[page.runIn ?? ""];
    const namespace = `docs-${pages.indexOf(page)}`;
    playground = await startPlayground({ controlPlane: inject("controlPlane"), namespace, ...place });
    shell = await openShell(playground.environmentFile);
    for (const { name, text } of filesOf(page))
      await shell.write(name, localManifest(text, playground.variables));
  });
  afterAll(async () => {
    await shell?.dispose();
    await playground?.stop();
  });

  test("its commands do what it says, in its order", async () => {
    for (const { block, shown } of commandsOf(page)) {
      const printed = await shell.run(block.text);
      if (transcript) console.log(`${page.path}:${block.line}\n${block.text}\n${printed}`);
      const missing = missingLine(shown, printed);
      if (missing !== undefined)
        throw new Error(
          `${page.path}:${block.line}: the page shows a line that was not printed: ${missing}\n${printed}`,
        );
    }
  });
});
