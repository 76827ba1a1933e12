import { expect, test } from "vitest";
import { pod } from "../../../test/workloads/samples.ts";
import type { PodObject } from "./objects.ts";
import { addressesOf, isReady } from "./pods.ts";

const conditions = (ready: string) => [
  { type: "PodScheduled", status: "True" },
  { type: "Ready", status: ready },
  { type: "DisruptionTarget", status: "False" },
];
const seen = (status: NonNullable<PodObject["status"]>, options: object = {}) =>
  pod("p", { revision: "r", ...options, status });

test("a pod is Ready by its Ready condition, whatever else is said of it", () => {
  expect(isReady(seen({ conditions: conditions("True") }))).toBe(true);
  expect(isReady(seen({ conditions: conditions("False") }))).toBe(false);
  expect(isReady(seen({ conditions: [] }))).toBe(false);
  expect(isReady({ metadata: {} })).toBe(false);
});

test("one on its way out or ended is not", () => {
  expect(isReady(seen({}, { terminating: true }))).toBe(false);
  expect(isReady(seen({}, { phase: "Failed" }))).toBe(false);
  expect(isReady(seen({}, { phase: "Succeeded" }))).toBe(false);
});

test("addresses: each once, in lower case, none that is empty", () => {
  const podIPs = [{ ip: "10.0.0.1" }, { ip: "FD00::1" }, { ip: "" }, {}];
  expect(addressesOf(seen({ podIP: "10.0.0.1", podIPs }))).toEqual(["10.0.0.1", "fd00::1"]);
  expect(addressesOf({ metadata: {} })).toEqual([]);
});
