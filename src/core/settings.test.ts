import { expect, test } from "vitest";
import type { ModelRolloutSpec } from "../api/types.ts";
import { settingsOf } from "./settings.ts";

const spec = {
  destination: "a",
  traffic: {
    alb: {
      rules: [{ arn: "arn:aws:elasticloadbalancing:eu-west-1:123456789012:listener-rule/app/x/1/2/3" }],
      targetGroups: {
        a: "arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/x-a/1",
        b: "arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/x-b/2",
      },
    },
  },
  strategy: { steps: [{ weight: 10, hold: "90s" }], drain: "2s" },
  analysis: { alarms: [{ name: "p99" }] },
} as unknown as ModelRolloutSpec;

test("durations are milliseconds, the last step is implied, alarms have the traffic's region", () => {
  const settings = settingsOf(spec, "us-east-1");
  expect(settings.invalid).toBeUndefined();
  expect(settings.steps.map(({ weight, holdMs }) => [weight, holdMs])).toEqual([
    [10, 90_000],
    [100, 90_000],
  ]);
  expect(settings.drainMs).toBe(2_000);
  expect(settings.alarms).toMatchObject([{ name: "p99", region: "eu-west-1", onAlarm: "Rollback" }]);
});

test("a stored spec that today's rules refuse still gives settings: paused, and saying what is wrong", () => {
  const broken = {
    ...spec,
    strategy: { steps: [{ weight: 10, hold: "soon" }] },
  } as unknown as ModelRolloutSpec;
  const settings = settingsOf(broken, "us-east-1");
  expect(settings.paused).toBe(true);
  expect(settings.invalid).toContain("soon");
  expect(settings.invalid).not.toMatch(/^\w*Error:/);
  expect(settings.drainMs).toBe(60_000);
  expect(settings.alarms).toMatchObject([{ name: "p99", region: "eu-west-1" }]);
});

test("an owned Deployment has the size and the labels of its spec, rolled in place or in slots", () => {
  const template = { metadata: { labels: { app: "x" } }, spec: { containers: [{ name: "server" }] } };
  const { destination: _none, ...rest } = spec;
  const owned = { ...rest, replicas: 3, selector: { matchLabels: { app: "x" } }, template };
  for (const traffic of [spec.traffic, { rollingUpdate: {} }]) {
    const settings = settingsOf({ ...owned, traffic }, "us-east-1");
    expect(settings.invalid).toBeUndefined();
    expect(settings).toMatchObject({ replicas: 3, hasWorkload: true, matchLabels: { app: "x" } });
  }
});
