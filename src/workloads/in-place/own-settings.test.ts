import { expect, test } from "vitest";
import { labels } from "../../api/group.ts";
import { revisionName } from "../../api/revision.ts";
import type { InPlaceDeployment } from "./objects.ts";
import { ownSettings } from "./read.ts";

const template = { spec: { containers: [{ name: "server", image: "x:v8" }] } };
const canary = revisionName({ template });
const settings = (maxSurge: number) => ({
  type: "RollingUpdate",
  maxUnavailable: 0,
  maxSurge,
  minReadySeconds: 0,
  progressDeadlineSeconds: 600,
});
const stored = [
  { revision: "stable", hashVersion: "1", template: { spec: { containers: [] } }, settings: settings(1) },
  { revision: canary, hashVersion: "1", template, settings: settings(2) },
];
const spec = { namespace: "prod", name: "x", uid: "u", deployment: "x", stable: "stable", leaving: false };
const deployment = (mark: Readonly<Record<string, string>>, minReadySeconds = 2_147_483_646) =>
  ({
    metadata: { name: "x", labels: mark },
    spec: { template, minReadySeconds, selector: {}, strategy: { type: "RollingUpdate" } },
  }) as InPlaceDeployment;

test("in a release the settings are those that were stored with it, though somebody took its label off", () => {
  expect(ownSettings(deployment({ [labels.released]: canary }), spec, stored).maxSurge).toBe(2);
  expect(ownSettings(deployment({}), spec, stored).maxSurge).toBe(2);
  expect(ownSettings(deployment({}, 0), spec, stored).maxSurge).toBe("25%");
  expect(ownSettings(deployment({}), spec, stored.slice(0, 1)).maxSurge).toBe(1);
});
