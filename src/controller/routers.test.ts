import { expect, test } from "vitest";
import type { ModelRollout, Traffic } from "../api/types.ts";
import { createRouters } from "./routers.ts";

const routers = createRouters({} as Parameters<typeof createRouters>[0], {
  region: "us-east-1",
  requireGrant: true,
});
const rollout = (traffic: object) =>
  ({ spec: { traffic: traffic as Traffic, template: {} } }) as unknown as ModelRollout;

test("a Deployment of our own rolled in place is driven, a kind of traffic of a later version is not", () => {
  expect(routers.unsupported(rollout({ rollingUpdate: {} }))).toBeUndefined();
  expect(routers.unsupported(rollout({ lambda: { functionName: "sentiment" } }))).toContain("does not know");
});
