import { expect, test } from "vitest";
import { resolveSpec } from "../../src/api/defaults.ts";
import type { ModelRollout } from "../../src/api/types.ts";
import { useControlPlane } from "../control-plane/shared.ts";
import { pathOf, readCases, refusal, rollout } from "./cases.ts";

const cluster = useControlPlane();
const cases = await readCases("accepted.yaml");

test("there are at least 20 cases", () => {
  expect(cases.length).toBeGreaterThanOrEqual(20);
});

test.each(cases)("$base: $it", async (row) => {
  expect(await refusal(cluster, row)).toBeUndefined();
});

test.each(cases)("$base: $it means the same before and after the server's defaults", async (row) => {
  const sent = rollout(row.base, row.set, row.name);
  const stored = await cluster.client.create<ModelRollout>(`${pathOf(cluster)}?dryRun=All`, sent);
  expect(resolveSpec(stored.spec)).toEqual(resolveSpec(sent["spec"] as ModelRollout["spec"]));
});

test("the server fills in every constant default outside of lists, and no other", async () => {
  const path = `${pathOf(cluster)}?dryRun=All`;
  const { spec } = await cluster.client.create<ModelRollout>(
    path,
    rollout("owned", { strategy: { rollback: {} } }),
  );
  expect(spec.strategy).toEqual({
    steps: [{ weight: 20 }],
    stepTimeout: "1h",
    retain: "10m",
    drain: "60s",
    canaryReplicas: "Proportional",
    rollback: { minAvailable: "50%" },
  });
  expect(spec.paused).toBe(false);
  expect(spec.analysis).toBeUndefined();
  expect(spec.traffic).toEqual({ rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } });
  const slots = await cluster.client.create<ModelRollout>(path, rollout("slots"));
  expect(slots.spec.traffic.alb?.bindTargets).toBe(true);
  expect(slots.spec.traffic.alb?.region).toBeUndefined();
  expect(slots.spec.analysis).toEqual({
    alarms: [{ name: "sentiment-5xx" }],
  });
});
