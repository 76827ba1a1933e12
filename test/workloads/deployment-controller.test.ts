import { expect, test } from "vitest";
import { useControlPlane } from "../control-plane/shared.ts";
import { replay } from "./deployment-controller/replay.ts";

const cluster = useControlPlane();

/** Another one in each run: `DEPLOYMENT_SEED=N` replays one that differed. */
const firstSeed = Number(process.env["DEPLOYMENT_SEED"] ?? Date.now() % 1_000_000);

test(`the model of the Deployment controller does what the real one does: 40 random sequences from seed ${firstSeed}`, async () => {
  const { client, namespace } = cluster;
  const report = await replay(client, namespace, { firstSeed, sequences: 40, steps: 8 });
  expect(report.quietPoints).toBe(360);
});
