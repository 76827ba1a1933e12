import { readFile, stat } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import type { Figure } from "../figure.ts";
import { rounded } from "../statistics.ts";

const bundle = fileURLToPath(new URL("../../dist/main.mjs", import.meta.url));

/** What is shipped. */
export const size: Figure = {
  name: "size",
  title: "Size of what is shipped",
  take: async () => {
    const { size: bytes } = await stat(bundle);
    const packed = gzipSync(await readFile(bundle)).length;
    const mebi = (count: number): string => `${rounded(count / 2 ** 20)} MiB`;
    return {
      rows: [{ what: "dist/main.mjs, the whole operator", value: `${mebi(bytes)} (${mebi(packed)} packed)` }],
      how: ["The image adds this file and its notices to a base image with Node; no packages."],
      raw: { bytes, packed },
    };
  },
};
