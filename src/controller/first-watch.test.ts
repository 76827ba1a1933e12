import { expect, test } from "vitest";
import type { ModelRollout, ModelRolloutStatus } from "../api/types.ts";
import { firstWatch } from "./first-watch.ts";

const stable = { revision: "s", slot: "a", replicas: 1, readyReplicas: 1 } as const;
const settled: ModelRolloutStatus = { state: "Idle", observedGeneration: 3, stable };

const watchOf = (status: ModelRolloutStatus, metadata: object = {}): string =>
  firstWatch({ metadata: { generation: 3, ...metadata }, status } as unknown as ModelRollout).traffic;

test("only what its status says is settled starts out as settled", () => {
  expect(watchOf(settled)).toBe("idle");
  expect(watchOf({ ...settled, state: "RolledBack" })).toBe("idle");
  expect(watchOf({})).toBe("active");
  expect(watchOf({ ...settled, state: "Blocked" })).toBe("active");
  expect(watchOf({ ...settled, observedGeneration: 2 })).toBe("active");
  expect(watchOf({ ...settled, canary: { ...stable, slot: "b" } })).toBe("active");
  expect(watchOf({ ...settled, retained: { revision: "o", slot: "b", until: "2026-01-01T00:00:00Z" } })).toBe(
    "active",
  );
  expect(watchOf(settled, { deletionTimestamp: "2026-01-01T00:00:00Z" })).toBe("active");
});
