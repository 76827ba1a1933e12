import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { variablesOf } from "../scripts/image/dockerfile.ts";

const dockerfile = fileURLToPath(new URL("../Dockerfile", import.meta.url));

/**
 * Variables of the last stage of a Dockerfile (`ENV NAME=VALUE …`, values without spaces or in quotes), with Node's flags
 * in its entry point in front of those in NODE_OPTIONS.
 * @throws RangeError for a Dockerfile whose entry point is not Node
 */
export function environmentOf(text: string): Readonly<Record<string, string>> {
  const stage = text.slice(text.lastIndexOf("\nFROM "));
  const entry = /^ENTRYPOINT (\[.*\])$/m.exec(stage)?.[1];
  const [node, ...args] = entry === undefined ? [] : (JSON.parse(entry) as readonly string[]);
  if (node?.endsWith("/node") !== true) throw new RangeError("the image does not start Node");
  const pairs = [...stage.matchAll(/^ENV (.*)$/gm)].flatMap(([, line = ""]) => variablesOf(line));
  const { NODE_OPTIONS = "", ...rest } = Object.fromEntries(pairs);
  const flags = args.slice(
    0,
    args.findIndex((arg) => !arg.startsWith("--")),
  );
  return { ...rest, NODE_OPTIONS: [...flags, NODE_OPTIONS].join(" ").trim() };
}

/** The environment in which the image that people install starts Node: the operator is measured in the same. */
export async function imageEnvironment(): Promise<Readonly<Record<string, string>>> {
  return environmentOf(await readFile(dockerfile, "utf8"));
}
