import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";

const dockerfile = fileURLToPath(new URL("../Dockerfile", import.meta.url));

/**
 * Flags of Node in the image, as NODE_OPTIONS: those of its variable, and those of its entry point.
 * @throws RangeError for a Dockerfile without an entry point that is Node
 */
export function flagsOf(text: string): string {
  const entry = /^ENTRYPOINT (\[.*\])$/m.exec(text)?.[1];
  const [node, ...args] = entry === undefined ? [] : (JSON.parse(entry) as readonly string[]);
  if (node?.endsWith("/node") !== true) throw new RangeError("the image does not start Node");
  const own = args.slice(
    0,
    args.findIndex((arg) => !arg.startsWith("--")),
  );
  const variable = /\bNODE_OPTIONS="([^"]*)"/.exec(text)?.[1] ?? "";
  return [...own, ...variable.split(" ")].filter((flag) => flag !== "").join(" ");
}

/** How the image that people install starts Node: the operator is measured in the same way. */
export async function imageFlags(): Promise<string> {
  return flagsOf(await readFile(dockerfile, "utf8"));
}
