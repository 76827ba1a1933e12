import { type TrafficKind, trafficKinds } from "./traffic/traffic.ts";

/** What the demo was asked for on the command line. */
export type DemoArguments =
  | { readonly kind: "show"; readonly keep: boolean; readonly traffic: TrafficKind }
  | { readonly kind: "help" }
  /** A sentence for a person. */
  | { readonly kind: "wrong"; readonly problem: string };

export const helpText = `npm run demo [-- --traffic alb|rollingUpdate|appMesh] [-- --keep] [-- --help]

Starts a Kubernetes control plane, a simulator of the AWS services and the operator, all on this
machine, and shows three releases of a model: v7 is the first, v8 is good and gets all the traffic
step by step, v9 answers with errors and is taken back because a CloudWatch alarm fires.
Nothing about the outcome is scripted: the demo applies YAML files and watches.

  --traffic KIND   how traffic is moved:
       alb            weights of two target groups behind a load balancer (default)
       rollingUpdate  pods of an existing Deployment, exchanged step by step
       appMesh        weights of an App Mesh route (AWS ended the service on 2026-09-30)
  --keep           leave everything running afterwards, with things to try, until Ctrl-C
  --help           this text

At a terminal it draws a live view; otherwise, as in a pipe, it prints one line for each change.
NO_COLOR=1 leaves out colours. Ctrl-C ends it at any moment and leaves nothing behind.
It exits with 0 only if v8 was promoted, v9 was rolled back, and no request failed that v9 did not answer.
`;

/** Reads the arguments after the script's name. */
export function parseArguments(argv: readonly string[]): DemoArguments {
  let keep = false;
  let traffic: TrafficKind = "alb";
  const rest = [...argv];
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    const [flag, inline] = word.split("=", 2);
    if (flag === "--help" || flag === "-h") return { kind: "help" };
    if (word === "--keep") keep = true;
    else if (flag === "--traffic") {
      const value = inline ?? rest.shift();
      const known = trafficKinds.find((kind) => kind === value);
      if (known === undefined) return { kind: "wrong", problem: trafficProblem(value) };
      traffic = known;
    } else return { kind: "wrong", problem: `${word} is unknown; --help lists what there is` };
  }
  return { kind: "show", keep, traffic };
}

function trafficProblem(value: string | undefined): string {
  const choice = `${trafficKinds.slice(0, -1).join(", ")} or ${trafficKinds.at(-1)}`;
  if (value === undefined || value === "" || value.startsWith("-"))
    return `--traffic needs a kind: ${choice}`;
  const plain = (text: string): string => text.toLowerCase().replaceAll(/[^a-z]/g, "");
  const meant = trafficKinds.find((kind) => plain(kind) === plain(value));
  return meant === undefined
    ? `--traffic ${value} is unknown; there are ${choice}`
    : `--traffic ${value} is unknown; write --traffic ${meant}`;
}
