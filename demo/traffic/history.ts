import type { ModelRollout } from "../../src/api/types.ts";

/** Whether the last release was of this version, and was taken back. */
export function hasFailed(rollout: ModelRollout | undefined, version: string): boolean {
  const [last] = rollout?.status?.history ?? [];
  return last?.outcome === "RolledBack" && last.modelVersion === version;
}
