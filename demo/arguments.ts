/** What the demo was asked for on the command line. */
export type DemoArguments =
  | { readonly kind: "show"; readonly keep: boolean }
  | { readonly kind: "help" }
  /** A sentence for a person. */
  | { readonly kind: "wrong"; readonly problem: string };

export const helpText = `npm run demo [-- --keep] [-- --traffic alb] [-- --help]

Starts a Kubernetes control plane, a simulator of the AWS services and the operator, all on this
machine, and shows three releases of a model: v7 is the first, v8 is good and gets all the traffic
step by step, v9 answers with errors and is taken back because a CloudWatch alarm fires.
Nothing about the outcome is scripted: the demo applies YAML files and watches.

  --keep         leave everything running afterwards, with things to try, until Ctrl-C
  --traffic alb  how traffic is moved; weights of an ALB's target groups is the only one so far
  --help         this text

At a terminal it draws a live view; otherwise, as in a pipe, it prints one line for each change.
NO_COLOR=1 leaves out colours. Ctrl-C ends it at any moment and leaves nothing behind.
It exits with 0 only if v8 was promoted, v9 was rolled back, and no request failed that v9 did not answer.
`;

const kinds: readonly string[] = ["alb"];
const later: readonly string[] = ["rollingUpdate", "appMesh"];

/** Reads the arguments after the script's name. */
export function parseArguments(argv: readonly string[]): DemoArguments {
  let keep = false;
  const rest = [...argv];
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    const [flag, inline] = word.split("=", 2);
    if (flag === "--help" || flag === "-h") return { kind: "help" };
    if (word === "--keep") keep = true;
    else if (flag === "--traffic") {
      const problem = trafficProblem(inline ?? rest.shift());
      if (problem !== undefined) return { kind: "wrong", problem };
    } else return { kind: "wrong", problem: `${word} is unknown; --help lists what there is` };
  }
  return { kind: "show", keep };
}

function trafficProblem(kind: string | undefined): string | undefined {
  if (kind === undefined || kind === "") return "--traffic needs a kind: --traffic alb";
  if (kinds.includes(kind)) return undefined;
  if (later.some((name) => name.toLowerCase() === kind.toLowerCase()))
    return `--traffic ${kind} is part of the API, but not in the demo yet; only --traffic alb can be shown`;
  return `--traffic ${kind} is unknown; write --traffic alb`;
}
