import { systemClock } from "../../src/runtime/clock.ts";
import { createKubeApi } from "../../src/runtime/kube-client.ts";
import { loadKubeConfig } from "../../src/runtime/kube-config.ts";
import { LeaderElector } from "../../src/runtime/leader-election.ts";

/**
 * A replica as a process of its own, for the tests that freeze and kill one.
 * Usage: node elector-process.ts KUBECONFIG NAMESPACE LEASE IDENTITY
 *
 * Says `leads` and `lost`, and every 20 ms whether it may write, asked before any other timer of that turn: after
 * a freeze the first answer shows what a reconciliation would have been told that was about to write. SIGTERM
 * releases the lease and ends it.
 */
const [kubeconfig = "", namespace = "", name = "", identity = ""] = process.argv.slice(2);
const api = createKubeApi(loadKubeConfig({ kubeconfig }), { userAgent: "modelrollout/test" });
const say = (line: string): void => void process.stdout.write(`${Date.now()} ${line}\n`);

const elector = new LeaderElector({
  api,
  clock: systemClock,
  random: Math.random,
  namespace,
  name,
  identity,
  listener: { onStarted: () => say("leads"), onLost: () => say("lost") },
});
// Registered first, so that it comes first among timers that are due at the same time.
const ticks = setInterval(() => say(elector.mayWrite() ? "may" : "may not"), 20);
elector.start();

process.once("SIGTERM", () => {
  clearInterval(ticks);
  void elector.stop().then(() => api.close());
});
