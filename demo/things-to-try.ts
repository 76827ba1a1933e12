import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Stage } from "./stage.ts";
import type { Line } from "./view/cells.ts";

/** Where everything is that the commands name. */
export interface Places {
  readonly kubeconfig: string;
  readonly kubectl: string;
  readonly awsEndpoint: string;
  /** A Node that runs TypeScript. */
  readonly node: string;
  /** demo/aws.ts. */
  readonly awsScript: string;
  readonly goodYaml: string;
  readonly badYaml: string;
}

/** Something to try: what it is about, and commands, each a line. */
export interface Try {
  readonly title: string;
  readonly commands: readonly string[];
}

/** Writes the YAML files of the next versions and finds the rest. */
export async function placesOf(stage: Stage): Promise<Places> {
  const root = fileURLToPath(new URL("..", import.meta.url));
  const ownNode = join(root, "node_modules", ".bin", "node");
  return {
    kubeconfig: stage.kubeconfigPath,
    kubectl: stage.kubectlPath,
    awsEndpoint: stage.world.simulator.endpoint,
    node: existsSync(ownNode) ? ownNode : process.execPath,
    awsScript: join(root, "demo", "aws.ts"),
    goodYaml: await stage.write("v10"),
    badYaml: await stage.write("v11-bad"),
  };
}

const release = "kubectl get mro sentiment -o jsonpath={.status.release}";
const awaiting = "kubectl get mro sentiment -o jsonpath={.status.awaiting}";
const annotate = "kubectl annotate mro sentiment --overwrite modelrollout.dev";

/** Somebody else at the weights of a rule or a route. */
export const foreignWeights: Try = {
  title:
    "Change the weights behind the operator's back. More for the canary is put back; less makes it wait for you:",
  commands: ["aws-demo weights", "aws-demo set-weights a=50 b=50", `${annotate}/approve=$(${awaiting})`],
};

/** What a person can do with a stage that stays: commands to copy, each on a line of its own. */
export function thingsToTry(places: Places, more: readonly Try[]): readonly Line[] {
  const groups: readonly (readonly [string, ...string[]])[] = [
    [
      "First, in another terminal:",
      `export KUBECONFIG=${quoted(places.kubeconfig)}`,
      `export AWS_ENDPOINT_URL=${quoted(places.awsEndpoint)}`,
      `alias kubectl=${quoted(places.kubectl)}`,
      `alias aws-demo=${quoted(`${quoted(places.node)} ${quoted(places.awsScript)}`)}`,
    ],
    ["See it:", "kubectl get mro -w", "kubectl describe mro sentiment"],
    [
      "Release a good version, or a bad one:",
      `kubectl apply -f ${quoted(places.goodYaml)}`,
      `kubectl apply -f ${quoted(places.badYaml)}`,
    ],
    [
      "While one is released: take it back, or give it all the traffic at once:",
      `${annotate}/abort=$(${release})`,
      `${annotate}/promote=$(${release})`,
    ],
    ...more.map(({ title, commands }): readonly [string, ...string[]] => [title, ...commands]),
  ];
  return [
    [{ text: "Everything goes on running. Things to try", style: ["bold"] }],
    ...groups.flatMap(([title, ...commands]): readonly Line[] => [
      [],
      [{ text: `  ${title}`, style: ["dim"] }],
      ...commands.map((command): Line => [{ text: `    ${command}` }]),
    ]),
    [],
    [{ text: "What changes is told below. Ctrl-C ends it and leaves nothing behind." }],
  ];
}

/** As one word of a shell. */
function quoted(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
