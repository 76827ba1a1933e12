import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { eventually } from "../control-plane/eventually.ts";
import { type ReceivedSpan, startTraceCollector } from "../world/trace-collector.ts";
import { useWorld } from "./shared.ts";

const world = useWorld({ operator: false });
const sdk = fileURLToPath(new URL("../../src/tracing.ts", import.meta.url));

/** From the outermost span inwards. */
function namesAbove(span: ReceivedSpan, all: readonly ReceivedSpan[]): readonly string[] {
  const parent = all.find(({ spanId }) => spanId === span.parentSpanId);
  return parent ? [...namesAbove(parent, all), parent.name] : [];
}

test("a write to AWS is found below the action, in the reconcile of its rollout", async () => {
  await using collector = await startTraceCollector();
  const operator = await world.restart({
    env: { NODE_OPTIONS: `--import=${sdk}`, OTEL_EXPORTER_OTLP_ENDPOINT: collector.url },
  });
  const { rollout } = await world.stableRollout("traced");
  await rollout.apply({ version: "v2" });
  await rollout.waitForReady();
  const written = (): ReceivedSpan | undefined =>
    collector.spans().find(({ name }) => name === "elasticloadbalancing.ModifyRule");
  await eventually("the write's span came in", () => written() !== undefined);
  const stop = operator.kill("SIGTERM");
  expect(await stop).toBe("exit code 0");

  const all = collector.spans();
  const write = written();
  expect(write && namesAbove(write, all)).toEqual(["reconcile", "SetWeights"]);
  expect(write?.attributes).toMatchObject({ "rpc.system": "aws-api", "modelrollout.aws.outcome": "ok" });
  const roots = all.filter(({ name }) => name === "reconcile");
  expect(roots.map(({ attributes }) => attributes["modelrollout.rollout"])).toContain(
    `${world.namespace}/traced`,
  );
  const stored = all.find(
    ({ name }) => name === "PATCH modelrollouts/status" || name === "PUT modelrollouts/status",
  );
  expect(stored && namesAbove(stored, all)).toEqual(["reconcile", "report"]);
  expect(collector.resources()[0]).toMatchObject({ "service.name": "modelrollout" });
});

test("a collector that is away costs nothing but the traces", async () => {
  const operator = await world.restart({
    env: { NODE_OPTIONS: `--import=${sdk}`, OTEL_EXPORTER_OTLP_ENDPOINT: "http://127.0.0.1:9" },
  });
  await world.stableRollout("untraced");
  expect(await operator.kill("SIGTERM")).toBe("exit code 0");
});
