import { existsSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import type { Stage } from "./stage.ts";
import type { Line } from "./view/cells.ts";

const root = fileURLToPath(new URL("..", import.meta.url));

/** A shell word. */
const quoted = (text: string): string =>
  /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;

/** The Node that runs TypeScript: the project's own, else the one that runs this. */
function nodePath(): string {
  const own = join(root, "node_modules", ".bin", "node");
  return existsSync(own) ? own : process.execPath;
}

/** What a person can do with a stage that stays: commands to copy, each on a line of its own. */
export async function thingsToTry(stage: Stage): Promise<readonly Line[]> {
  const [good, bad] = [await stage.write("v10"), await stage.write("v11-bad")];
  const kubectl = quoted(stage.kubectlPath);
  const aws = `${quoted(nodePath())} ${quoted(join(root, "demo", "aws.ts"))}`;
  const annotate = (verb: string, path: string, suffix = ""): string =>
    `$k annotate mro sentiment --overwrite "modelrollout.dev/${verb}=$($k get mro sentiment -o jsonpath='{.status.${path}}')${suffix}"`;
  const groups: readonly (readonly [string, ...string[]])[] = [
    [
      "First, in another terminal:",
      `export KUBECONFIG=${quoted(stage.kubeconfigPath)} AWS_ENDPOINT_URL=${stage.world.simulator.endpoint}`,
      `k=${kubectl} aws="${aws}"`,
    ],
    ["Watch it", "$k get mro -w"],
    ["Release a good version, or a bad one", `$k apply -f ${quoted(good)}`, `$k apply -f ${quoted(bad)}`],
    ["Take a release back while it runs", annotate("abort", "release")],
    ["Send it to 100 % at once", annotate("promote", "release")],
    [
      "Change the weights behind the operator's back; when you lower a canary, it waits for you",
      "$aws set-weights a=50 b=50",
      "$aws weights",
      annotate("approve", "awaiting"),
    ],
  ];
  return [
    [{ text: "Everything goes on running. Things to try", style: ["bold"] }],
    ...groups.flatMap(([title, ...commands]): readonly Line[] => [
      [],
      [{ text: `  ${title}`, style: ["dim"] }],
      ...commands.map((command): Line => [{ text: `    ${command}` }]),
    ]),
    [],
    [{ text: `Changes show below. Ctrl-C ends it and leaves nothing behind.` }],
    [{ text: `(the project is in ${relative(process.cwd(), root) || "this folder"})`, style: ["dim"] }],
  ];
}
