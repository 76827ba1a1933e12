import { expect, test } from "vitest";
import { parseUsage, usageOf } from "./process-usage.ts";

const status = "Name:\tnode\nVmHWM:\t  204800 kB\nVmRSS:\t  102400 kB\nThreads:\t11\n";
const stat =
  "4242 (a node) x) S 1 4242 4242 0 -1 4194304 1000 0 0 0 250 50 0 0 20 0 11 0 100 1000 200 184467";

test("memory is in MiB, CPU in seconds, and a name with parentheses misleads nobody", () => {
  expect(parseUsage(status, stat)).toEqual({ residentMiB: 100, peakMiB: 200, cpuSeconds: 3 });
});

test("other texts are refused", () => {
  expect(() => parseUsage("Name:\tkthreadd\n", stat)).toThrow(/VmRSS/);
  expect(() => parseUsage(status, "4242 (node) S 1")).toThrow(RangeError);
});

test.runIf(process.platform === "linux")("this very process", async () => {
  const { residentMiB, peakMiB, cpuSeconds } = await usageOf(process.pid);
  const own = process.memoryUsage.rss() / 2 ** 20;
  expect(residentMiB).toBeGreaterThan(own / 2);
  expect(residentMiB).toBeLessThan(own * 2);
  expect(peakMiB).toBeGreaterThanOrEqual(residentMiB - 1);
  expect(cpuSeconds).toBeGreaterThan(0);
});
