import { styleText } from "node:util";
import { type Playground, startPlayground } from "../world/playground.ts";
import { type ControlPlane, startControlPlane } from "./control-plane.ts";
import { interruption } from "./interruption.ts";
import { applyDefinitions, definitionFiles } from "./manifests.ts";

const usage = `npm run cluster [-- --aws]

A control plane for people, until Ctrl-C: etcd, API server, controller manager, scheduler, and kwok, which plays the pods.

  --aws    with the operator, and a simulator of AWS: a load balancer with a rule and two target groups, clients,
           and a CloudWatch alarm. docs/tutorial.md uses it.
`;

const dim = (text: string): string => styleText("dim", text);

const podLines = [
  dim("Pods are played by kwok: they get Ready, run nothing, and obey annotations as"),
  dim("modelrollout.dev/test-ready-delay: 5s, test-never-ready, test-unready and test-crash: “true”."),
  "",
  "In another terminal:",
  "",
];

const bareLines = ({ kubeconfigPath, kubectl }: ControlPlane): readonly string[] => [
  ...podLines,
  `  export KUBECONFIG=${kubeconfigPath}`,
  `  alias kubectl=${kubectl}`,
  "  kubectl get nodes",
];

const awsLines = ({ environmentFile, edge, world }: Playground): readonly string[] => [
  `The operator runs; clients send requests to ${edge.url}, and nobody answers yet.`,
  dim(`The namespace is ${world.namespace}. Version v3 of any model answers most requests with 500.`),
  ...podLines,
  `  . ${environmentFile}`,
  "  kubectl get mro -w",
  "",
  "What to do with it: docs/tutorial.md",
];

/** `npm run cluster`, with the words behind `--`. */
async function main(words: readonly string[]): Promise<void> {
  if (words.some((word) => word !== "--aws")) {
    process.stdout.write(usage);
    process.exitCode = words.includes("--help") ? 0 : 2;
    return;
  }
  const stopped = interruption();
  const start = performance.now();
  console.error("Starting a Kubernetes control plane …");
  const plane = await startControlPlane();
  try {
    const files = await definitionFiles();
    await applyDefinitions(plane, files);
    const playground = words.length === 0 ? undefined : await startPlayground({ controlPlane: plane });
    const seconds = ((performance.now() - start) / 1000).toFixed(1);
    const lines = playground === undefined ? bareLines(plane) : awsLines(playground);
    const first = `Kubernetes is ready at ${plane.url} ${dim(`(${seconds} s)`)}`;
    console.log(["", first, ...lines, "", "Ctrl-C ends it and leaves nothing behind.", ""].join("\n"));
    await stopped;
    console.error("\nStopping …");
    await playground?.stop().catch(() => undefined);
  } finally {
    await plane.stop();
  }
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
