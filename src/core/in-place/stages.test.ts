import { describe, expect, test } from "vitest";
import type { ModelRolloutStatus } from "../../api/types.ts";
import type { Context } from "../context.ts";
import type { RolledDeployment } from "../observed.ts";
import { inPlaceFirst } from "./stages.ts";

const own = {
  type: "RollingUpdate",
  maxUnavailable: 0,
  maxSurge: 1,
  minReadySeconds: 0,
  progressDeadlineSeconds: 600,
} as const;

interface Given {
  readonly deployment?: Partial<RolledDeployment>;
  readonly status?: ModelRolloutStatus;
  /** Pods by revision, as many wanted; in the order in which they are read. */
  readonly pods: Readonly<Record<string, number>>;
  readonly stored?: readonly string[];
}

/** The template v8 stands in a Deployment of four, adopted and paused, and nobody knows of a release. */
const first = ({ deployment, status = {}, pods, stored = ["v7", "v8"] }: Given) =>
  inPlaceFirst({
    now: 0,
    rollout: { metadata: {} },
    status,
    settings: { replicas: 4, steps: [{ weight: 50 }, { weight: 100 }] },
    observed: {
      wanted: { revision: "v8", hashVersion: "1" },
      storedRevisions: stored,
      inPlace: {
        id: "prod/sentiment",
        own,
        kept: [],
        policies: "present",
        sets: Object.entries(pods).map(([revision, count]) => ({
          revision,
          wanted: count,
          pods: count,
          ready: count,
        })),
        deployment: {
          uid: "u",
          generation: 7,
          current: true,
          replicas: 4,
          paused: true,
          template: "v8",
          settings: own,
          mark: "adopted",
          holdsFields: false,
          ...deployment,
        },
      },
    },
  } as unknown as Context);

const inTheMiddle = {
  message: "Deployment prod/sentiment is in the middle of a roll: its end is waited for",
  status: {},
};
const pausedInTheMiddle = {
  message:
    "Deployment prod/sentiment is paused in the middle of a roll, and its end is waited for: kubectl rollout resume, or put back the template that runs",
  status: {},
};

describe("a status lost while a template waits, paused", () => {
  test("what runs and is stored is stable", () => {
    expect(first({ pods: { v7: 4 } })?.status.stable?.revision).toBe("v7");
    expect(first({ pods: { v6: 1, v7: 3 } })?.status.stable?.revision).toBe("v7");
  });

  test("what runs and is not stored could not be put back: the end of the roll is waited for", () => {
    expect(first({ pods: { v7: 4 }, stored: ["v8"] })).toMatchObject(pausedInTheMiddle);
  });

  test.each([
    ["not paused", { paused: false }, inTheMiddle],
    ["without our label", { mark: "none" }, pausedInTheMiddle],
  ] as const)("%s it has not waited for us: the end of the roll is waited for", (_name, deployment, told) => {
    expect(first({ deployment, pods: { v7: 4 } })).toMatchObject(told);
    expect(first({ deployment: { ...deployment, current: false }, pods: { v7: 4 } })).toMatchObject(
      inTheMiddle,
    );
  });

  test("a single pod of it is a roll that has begun", () => {
    expect(first({ pods: { v7: 3, v8: 1 } })).toMatchObject(pausedInTheMiddle);
  });
});

describe("a status lost in mid-release", () => {
  const released = { mark: "released" } as const;

  test("the stored revision that runs beside the released one is stable, whatever is read first", () => {
    for (const pods of [
      { v8: 2, v7: 2 },
      { v6: 0, v8: 2, v7: 2 },
      { v7: 2, v8: 2 },
    ]) {
      const found = first({ deployment: released, pods, stored: ["v6", "v7", "v8"] });
      expect(found?.status).toMatchObject({ stable: { revision: "v7" }, canary: { revision: "v8" } });
      expect(found?.status.rollback?.reason).toBe("Aborted");
    }
  });

  test("without another one that runs there is nothing to go back to", () => {
    expect(first({ deployment: released, pods: { v8: 4, v7: 0 } })?.status).toMatchObject({
      stable: { revision: "v8" },
    });
  });
});
