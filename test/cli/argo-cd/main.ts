/**
 * Writes the made files below deploy/argocd, and takes away what is not made any more. With `--play` the test data too:
 * as the operator's core leaves a ModelRollout in each situation today.
 */
import { mkdir, readdir, rm, writeFile } from "node:fs/promises";
import { customization, folder, madeFiles, playedTestData, readTestData, yamlText } from "./files.ts";

async function write(path: string, text: string): Promise<void> {
  const url = new URL(path, folder);
  await mkdir(new URL(".", url), { recursive: true });
  await writeFile(url, text);
}

if (process.argv.includes("--play")) {
  for (const [name, rollout] of playedTestData()) {
    await write(`${customization}/testdata/${name}.yaml`, yamlText(rollout));
  }
}
const files = await madeFiles(await readTestData());
const expected = `${customization}/actions/testdata`;
const there = await readdir(new URL(expected, folder)).catch(() => []);
for (const path of there.map((name) => `${expected}/${name}`)) {
  if (!files.has(path)) await rm(new URL(path, folder));
}
for (const [path, text] of files) await write(path, text);
console.log(`${files.size} files written`);
