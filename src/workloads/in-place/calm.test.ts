import { expect, test } from "vitest";
import { Calm } from "./calm.ts";
import type { InPlaceDeployment } from "./objects.ts";

const deployment = (observedGeneration: number, uid = "u"): InPlaceDeployment => ({
  metadata: { name: "x", uid, generation: 2 },
  spec: { selector: {}, template: { spec: { containers: [{ name: "server" }] } } },
  status: { observedGeneration },
});

test("a controller that is about to write is waited for two seconds, one that has written is not", () => {
  let now = 1_000;
  const calm = new Calm(() => now);
  expect(calm.isAwaited(deployment(2))).toBe(false);
  expect(calm.isAwaited(deployment(1))).toBe(true);
  now = 2_000;
  expect(calm.isAwaited(deployment(1, "other"))).toBe(true);
  now = 2_999;
  expect(calm.isAwaited(deployment(1))).toBe(true);
  now = 3_000;
  expect(calm.isAwaited(deployment(1))).toBe(false);
  expect(calm.isAwaited(deployment(1, "other"))).toBe(true);
});

test("what was waited for once does not count the next time", () => {
  let now = 0;
  const calm = new Calm(() => now);
  expect(calm.isAwaited(deployment(1))).toBe(true);
  expect(calm.isAwaited(deployment(2))).toBe(false);
  now = 60_000;
  expect(calm.isAwaited(deployment(1))).toBe(true);
});
