/**
 * Writes every file that is made from code. With `--check` it writes nothing, names the files that are not current,
 * and exits with 1 if there are any.
 */
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { generatedFiles } from "./generate/files.ts";
import type { GeneratedFile } from "./generate/generated-file.ts";

const root = fileURLToPath(new URL("..", import.meta.url));

async function isCurrent(file: GeneratedFile): Promise<boolean> {
  const present = await readFile(join(root, file.path), "utf8").catch(() => undefined);
  return present === file.render();
}

async function write(file: GeneratedFile): Promise<void> {
  const path = join(root, file.path);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, file.render());
}

const { values } = parseArgs({ options: { check: { type: "boolean", default: false } } });
for (const file of generatedFiles) {
  if (await isCurrent(file)) {
    continue;
  }
  if (values.check) {
    console.error(`${file.path} is not current: run npm run generate`);
    process.exitCode = 1;
  } else {
    await write(file);
    console.log(`wrote ${file.path}`);
  }
}
