import { expect, test } from "vitest";
import type { BatchedReads } from "../../aws/batched-reads.ts";
import { createAlbDriver } from "./driver.ts";
import type { AlbFleet } from "./fleet.ts";
import type { RuleState } from "./rule-reads.ts";

const arn =
  "arn:aws:elasticloadbalancing:eu-west-1:111122223333:listener-rule/app/lb/50dc6c495c0c9188/f2f7dc8efc522ab2/9683b2d02a6cabee";
const group = (name: string): string =>
  `arn:aws:elasticloadbalancing:eu-west-1:111122223333:targetgroup/${name}/0123456789abcdef`;
const groups = { a: group("a"), b: group("b") };
const stateOf = (sticky: boolean): RuleState => ({
  actions: [
    {
      Type: "forward",
      ForwardConfig: {
        TargetGroups: [
          { TargetGroupArn: groups.a, Weight: 90 },
          { TargetGroupArn: groups.b, Weight: 10 },
        ],
        ...(sticky ? { TargetGroupStickinessConfig: { Enabled: true, DurationSeconds: 60 } } : {}),
      },
    },
  ],
  isDefault: false,
});

/** Answers at once with the same for every key, and knows what it was asked. */
function readsOf<V>(value: V) {
  const asked = new Set<string>();
  const reads: BatchedReads<V> = {
    get: async (key) => {
      asked.add(key);
      return { ok: true, value, at: 1 };
    },
    isKnown: (key) => asked.has(key),
    forget: (key) => void asked.delete(key),
  };
  return { reads, asked };
}

function setUp(owner: Readonly<Record<string, string>> = {}, sticky = true) {
  const [rules, tags, attributes] = [readsOf(stateOf(sticky)), readsOf(owner), readsOf({})];
  const fleet = {
    aws: { budget: () => ({}) },
    rules: rules.reads,
    tags: tags.reads,
    attributes: attributes.reads,
  } as unknown as AlbFleet;
  const driver = createAlbDriver(fleet, { arn, kind: "ListenerRule", region: "eu-west-1" }, groups);
  return { driver, tags: tags.asked, attributes: attributes.asked };
}

const poll = { maxAgeMs: 0, priority: "raise" } as const;

test("in a hold nobody asks whose a rule is, if this process has not asked yet", async () => {
  const { driver, tags, attributes } = setUp();
  const { read } = await driver.look({ ...poll, weightsOnly: true });
  expect(read.shares).toEqual({ a: 90, b: 10 });
  expect([...tags, ...attributes]).toEqual([]);
});

test("before a raise it is asked, and what is known then counts in the next hold", async () => {
  const { driver, tags, attributes } = setUp({ "aws:cloudformation:stack-name": "edge" });
  expect((await driver.look({ ...poll, weightsOnly: true })).read.refusal).toBeUndefined();
  expect((await driver.look(poll)).read.refusal?.reason).toBe("OwnedByAnother");
  expect(attributes.size).toBe(2);
  // A refusal is asked about again at the next look; one that stands is seen in the hold too.
  for (const each of [arn, arn.replace("listener-rule", "listener").replace(/\/[^/]+$/, "")]) tags.add(each);
  tags.add("arn:aws:elasticloadbalancing:eu-west-1:111122223333:loadbalancer/app/lb/50dc6c495c0c9188");
  expect((await driver.look({ ...poll, weightsOnly: true })).read.refusal?.reason).toBe("OwnedByAnother");
});

test("where no stickiness has to be turned off, the groups' own is not asked about: one request each", async () => {
  const { driver, tags, attributes } = setUp({}, false);
  expect((await driver.look(poll)).read.unguarded).toBeUndefined();
  expect([tags.size, attributes.size]).toEqual([3, 0]);
});

test("a read that did not ask says so, whatever it was for", async () => {
  const { driver } = setUp();
  expect((await driver.look({ ...poll, weightsOnly: true })).read.unguarded).toBe(true);
  expect((await driver.look({ ...poll, priority: "drift" })).read.unguarded).toBe(true);
  expect((await driver.look({ ...poll, priority: "drift", owners: true })).read.unguarded).toBeUndefined();
  expect((await driver.look(poll)).read.unguarded).toBeUndefined();
  expect((await driver.look({ ...poll, weightsOnly: true })).read.unguarded).toBeUndefined();
});
