import type { Rollout } from "./world.ts";

/** `status wipe`, `status drop step`, `status set step.index 2`: a person edits what is the operator's. */
export function editStatus(rollout: Rollout, [verb, path = "", value = ""]: readonly string[]): void {
  if (verb === "wipe") {
    delete rollout.status;
    return;
  }
  const root = JSON.parse(JSON.stringify(rollout.status ?? {})) as Record<string, unknown>;
  const keys = path.split(".");
  const last = keys.pop() ?? "";
  let inner: Record<string, unknown> = root;
  for (const key of keys) {
    inner[key] ??= {};
    inner = inner[key] as Record<string, unknown>;
  }
  if (verb === "drop") delete inner[last];
  else inner[last] = /^-?\d+$/.test(value) ? Number(value) : value;
  rollout.status = root;
}
