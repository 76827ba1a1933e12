import { expect, test } from "vitest";
import { useControlPlane } from "../control-plane/shared.ts";
import { readCases, refusal } from "./cases.ts";

const cluster = useControlPlane();
const cases = await readCases("refused.yaml");

test("there are at least 60 cases", () => {
  expect(cases.length).toBeGreaterThanOrEqual(60);
});

test.each(cases)("$base: $it", async (row) => {
  expect(row.says).toBeDefined();
  expect(await refusal(cluster, row)).toBe(row.says);
});
