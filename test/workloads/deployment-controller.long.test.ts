import { expect, test } from "vitest";
import { useControlPlane } from "../control-plane/shared.ts";
import { type Report, replay } from "./deployment-controller/replay.ts";

const cluster = useControlPlane();

/** Another one in each run: `DEPLOYMENT_SEED=N` replays one that differed. */
const firstSeed = Number(process.env["DEPLOYMENT_SEED"] ?? Date.now() % 1_000_000);
const atOnce = 40;

test(`the model of the Deployment controller does what the real one does: 240 random sequences from seed ${firstSeed}`, {
  timeout: 1_800_000,
}, async () => {
  const { client, namespace } = cluster;
  const reports: Report[] = [];
  for (let batch = 0; batch < 6; batch += 1) {
    const seeds = { firstSeed: firstSeed + batch * atOnce, sequences: atOnce };
    reports.push(await replay(client, namespace, { ...seeds, steps: 12 }));
  }
  const sum = (of: (report: Report) => number): number =>
    reports.reduce((total, report) => total + of(report), 0);
  expect(sum(({ quietPoints }) => quietPoints)).toBe(240 * 13);
  // Where the outcome depends on who acts first, the model has it in another order; that is the exception.
  expect(sum(({ reordered }) => reordered)).toBeLessThan(120);
});
