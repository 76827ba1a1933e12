import { styleText } from "node:util";
import { startControlPlane } from "./control-plane.ts";
import { interruption } from "./interruption.ts";
import { applyDefinitions, definitionFiles } from "./manifests.ts";

/** `npm run cluster`: a control plane for people, until Ctrl-C. */
async function main(): Promise<void> {
  const stopped = interruption();
  const start = performance.now();
  console.error("Starting a Kubernetes control plane …");
  const plane = await startControlPlane();
  try {
    const files = await definitionFiles();
    await applyDefinitions(plane, files);
    const seconds = ((performance.now() - start) / 1000).toFixed(1);
    const dim = (text: string): string => styleText("dim", text);
    console.log(
      [
        "",
        `Kubernetes is ready at ${plane.url} ${dim(`(${seconds} s)`)}`,
        dim("Pods are played by kwok: they get Ready, run nothing, and obey annotations as"),
        dim("modelrollout.dev/test-ready-delay: 5s, test-never-ready, test-unready and test-crash: “true”."),
        "",
        "In another terminal:",
        "",
        `  export KUBECONFIG=${plane.kubeconfigPath}`,
        `  alias kubectl=${plane.kubectl}`,
        "  kubectl get nodes",
        "",
        "Ctrl-C ends it and leaves nothing behind.",
        "",
      ].join("\n"),
    );
    await stopped;
    console.error("\nStopping …");
  } finally {
    await plane.stop();
  }
}

try {
  await main();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
