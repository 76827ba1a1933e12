import { expect, test } from "vitest";
import { pathOf } from "../api/cases.ts";
import { eventually, useControlPlane } from "../control-plane/shared.ts";
import { put, stand } from "./live.ts";
import { startPlugin, startThroughShell } from "./plugin.ts";

const cluster = useControlPlane();
const start = (...args: readonly string[]) =>
  startPlugin([...args, "-n", cluster.namespace], { kubeconfig: cluster.kubeconfigPath });

test("-w tells each change of the live object until Ctrl-C", async () => {
  await put(cluster, "watched", "starting");
  const plugin = start("status", "watched", "-w");
  const states = () =>
    plugin.out
      .trim()
      .split("\n")
      .map((line) => line.split(/ {2,}/)[1]?.split(" ")[0]);
  await eventually("the first line is there", () => states().includes("Starting"));
  await stand(cluster, "watched", "holding");
  await eventually("the second line is there", () => states().includes("Holding"));
  await stand(cluster, "watched", "awaiting-approval");
  await eventually("the third line is there", () => states().includes("AwaitingApproval"));
  plugin.signal("SIGINT");
  const { code, err } = await plugin.ended();
  expect([code, err, states()]).toEqual([130, "", ["Starting", "Holding", "AwaitingApproval"]]);
});

test("--wait ends by itself: through, taken back, deleted", async () => {
  await put(cluster, "through", "holding");
  await put(cluster, "back", "holding");
  await put(cluster, "gone", "holding");
  const waiting = ["through", "back", "gone"].map((name) =>
    start("status", name, "--wait", "--timeout", "2m"),
  );
  await eventually("all have begun", () => waiting.every(({ out }) => out.includes("Holding")));
  await stand(cluster, "through", "retained");
  await stand(cluster, "back", "rolled-back");
  await cluster.client.delete(pathOf(cluster, "gone"));
  const codes = await Promise.all(waiting.map(async (plugin) => (await plugin.ended()).code));
  expect(codes).toEqual([0, 5, 3]);
});

test("--wait gives up in time", async () => {
  await put(cluster, "slow", "holding");
  const { code, err } = await start("status", "slow", "--wait", "--timeout", "200ms").ended();
  expect([code, err]).toEqual([6, "error: slow was not settled in time\n"]);
});

test("a reader that has seen enough is no error", async () => {
  await put(cluster, "piped", "starting");
  const script = '{ "$0" "$@"; echo "code $?" >&2; } | head -n 1';
  const plugin = startThroughShell(script, ["status", "piped", "-w", "-n", cluster.namespace], {
    kubeconfig: cluster.kubeconfigPath,
  });
  await eventually("the first line is there", () => plugin.out.includes("Starting"));
  // head is gone: the next line finds nobody who reads it.
  await stand(cluster, "piped", "holding");
  const { out, err } = await plugin.ended();
  expect([out.trim().split("\n").length, err]).toEqual([1, "code 0\n"]);
});
