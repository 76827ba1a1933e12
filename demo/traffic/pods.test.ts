import { expect, test } from "vitest";
import type { ModelRollout } from "../../src/api/types.ts";
import type { Pod } from "../../test/target-binder/objects.ts";
import { versionSides } from "./pods.ts";

const pod = (version: string, index: number, ready: boolean): Pod => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name: `${version}-${index}` },
  spec: { containers: [{ name: "server", image: `registry.example/sentiment:${version}` }] },
  status: { conditions: [{ type: "Ready", status: ready ? "True" : "False" }] },
});

const pods = (version: string, ready: number, loading = 0): readonly Pod[] =>
  Array.from({ length: ready + loading }, (_, index) => pod(version, index, index < ready));

const rollout = (status: object): ModelRollout => ({ metadata: { name: "x" }, status }) as ModelRollout;
const of = (modelVersion: string): object => ({ modelVersion });

test("shares are of the Ready pods, and a new version takes the row that is not stable's", () => {
  const sides = versionSides();
  const rows = (status: object | undefined, ...present: readonly (readonly Pod[])[]) =>
    sides(status && rollout(status), present.flat()).map(
      ({ version, role, share, pods: { ready, total } }) => `${version} ${role} ${share} % ${ready}/${total}`,
    );
  expect(rows(undefined, pods("v7", 2))).toEqual(["v7 undefined 100 % 2/2", "undefined undefined 0 % 0/0"]);
  expect(rows({ stable: of("v7"), canary: of("v8") }, pods("v7", 3), pods("v8", 1, 2))).toEqual([
    "v7 stable 75 % 3/3",
    "v8 canary 25 % 1/3",
  ]);
  expect(rows({ stable: of("v8"), retained: of("v7") }, pods("v8", 4))).toEqual([
    "v7 previous 0 % 0/0",
    "v8 stable 100 % 4/4",
  ]);
  expect(rows({ stable: of("v8"), canary: of("v9") }, pods("v8", 1), pods("v9", 1))).toEqual([
    "v9 canary 50 % 1/1",
    "v8 stable 50 % 1/1",
  ]);
  const history = [{ outcome: "RolledBack", modelVersion: "v9" }];
  expect(rows({ stable: of("v8"), history }, pods("v8", 2))[0]).toBe("v9 failed 0 % 0/0");
});

test("pods that are going away count for nothing", () => {
  const going = pods("v7", 1).map((pod) => ({
    ...pod,
    metadata: { ...pod.metadata, deletionTimestamp: "2026-11-21T10:00:00Z" },
  }));
  const [side] = versionSides()(rollout({ stable: of("v7") }), [...pods("v7", 1), ...going]);
  expect(side?.pods).toEqual({ ready: 1, total: 1 });
});
