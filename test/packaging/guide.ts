import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";

/** The shell blocks of a page of docs/, each as its commands, `\` at the ends of lines resolved. */
export async function shellBlocks(page: string): Promise<readonly (readonly string[])[]> {
  const path = fileURLToPath(new URL(`../../docs/${page}`, import.meta.url));
  const blocks = (await readFile(path, "utf8")).matchAll(/^```sh\n([^]*?)^```$/gm);
  return [...blocks].map(([, text = ""]) =>
    text
      .replaceAll(/\\\n\s*/g, "")
      .split("\n")
      .filter((line) => line.trim() !== ""),
  );
}
