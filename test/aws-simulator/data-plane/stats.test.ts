import { describe, expect, it } from "vitest";
import { RollingCounts } from "./stats.ts";

describe("rolling counts", () => {
  it("count by status, by version, and by both, within a window and ever", () => {
    let now = 0;
    const counts = new RollingCounts(() => now);
    counts.add(200, "v1");
    counts.add(500, "v2");
    now = 900;
    counts.add(500, "v2");
    counts.add(503);
    counts.add(undefined);
    expect(counts.counts()).toEqual({
      total: 5,
      byStatus: { 200: 1, 500: 2, 503: 1 },
      byVersion: { v1: 1, v2: 2 },
      byVersionAndStatus: { v1: { 200: 1 }, v2: { 500: 2 } },
      errors: 1,
    });
    expect(counts.counts(500)).toMatchObject({ total: 3, byVersion: { v2: 1 } });
    now = 1_500;
    expect(counts.counts(500).total).toBe(0);
    expect(counts.counts(1_000).total).toBe(3);
  });

  it("keep no more than they were told to", () => {
    let now = 0;
    const counts = new RollingCounts(() => now, 1_000);
    counts.add(200);
    now = 5_000;
    counts.add(200);
    expect(counts.counts(10_000).total).toBe(1);
    expect(counts.counts().total).toBe(2);
  });
});
