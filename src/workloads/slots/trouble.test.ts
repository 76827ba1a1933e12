import { expect, test } from "vitest";
import { pod } from "../../../test/workloads/samples.ts";
import type { ContainerStatus, DeploymentObject, PodObject } from "./objects.ts";
import { troubleOf } from "./trouble.ts";

const deployment: DeploymentObject = { metadata: {}, spec: { selector: {}, template: {} } };

function waiting(
  name: string,
  reason: string,
  message?: string,
  lastState?: ContainerStatus["lastState"],
): PodObject {
  const state = { waiting: { reason, ...(message === undefined ? {} : { message }) } };
  const containerStatuses = [{ name: "server", state, ...(lastState === undefined ? {} : { lastState }) }];
  return pod(name, { revision: "r", ready: false, status: { phase: "Pending", containerStatuses } });
}

test("pods that are merely starting are no trouble", () => {
  expect(
    troubleOf(deployment, [waiting("p", "ContainerCreating"), waiting("q", "PodInitializing")]),
  ).toBeUndefined();
  expect(troubleOf(deployment, [])).toBeUndefined();
});

test("a crash says how the container ended", () => {
  const lastState = { terminated: { exitCode: 137, reason: "OOMKilled" } };
  const crashing = waiting("p", "CrashLoopBackOff", "back-off 5m0s restarting failed\ncontainer", lastState);
  expect(troubleOf(deployment, [crashing])).toBe(
    "pod p: container server: CrashLoopBackOff: back-off 5m0s restarting failed container; last exit code 137 (OOMKilled)",
  );
});

test("the worst finding is told, and how many pods have it", () => {
  const pods = [
    waiting("crashing", "CrashLoopBackOff"),
    waiting("p", "ImagePullBackOff", 'Back-off pulling image "x"'),
    waiting("q", "ImagePullBackOff"),
  ];
  expect(troubleOf(deployment, pods)).toBe(
    'pod p (and 1 more): container server: ImagePullBackOff: Back-off pulling image "x"',
  );
});

test("a pod that fits nowhere says why", () => {
  const conditions = [
    {
      type: "PodScheduled",
      status: "False",
      reason: "Unschedulable",
      message: "0/3 nodes: no nvidia.com/gpu",
    },
  ];
  const stuck = pod("p", { revision: "r", ready: false, status: { phase: "Pending", conditions } });
  expect(troubleOf(deployment, [stuck])).toBe("pod p: Unschedulable: 0/3 nodes: no nvidia.com/gpu");
});

test("pods that cannot be made at all come first", () => {
  const conditions = [
    { type: "ReplicaFailure", status: "True", reason: "FailedCreate", message: "exceeded quota: pods=3" },
  ];
  const failing = { ...deployment, status: { conditions } };
  expect(troubleOf(failing, [waiting("p", "CrashLoopBackOff")])).toBe(
    "pods cannot be created: FailedCreate: exceeded quota: pods=3",
  );
});

test.each([
  [{ reason: "FailedCreate" }, "FailedCreate"],
  [{ message: "exceeded quota" }, "exceeded quota"],
  [{ reason: "", message: "exceeded quota" }, "exceeded quota"],
])("a condition with only one of reason and message: %j", (said, told) => {
  const conditions = [{ type: "ReplicaFailure", status: "True", ...said }];
  expect(troubleOf({ ...deployment, status: { conditions } }, [])).toBe(`pods cannot be created: ${told}`);
});

test("it stays one line of bearable length", () => {
  const trouble = troubleOf(deployment, [waiting("p", "ErrImagePull", "x".repeat(2_000))]) ?? "";
  expect(trouble.length).toBe(300);
});
