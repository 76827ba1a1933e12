import { expect, test } from "vitest";
import type { AccessProblem } from "../core/observed.ts";
import type { Clock } from "../runtime/clock.ts";
import { type RollbackTask, rollBackTarget } from "./rollback.ts";
import type { TargetDriver } from "./target-driver.ts";

type State = Readonly<Record<"a" | "b", number>>;

/** Pauses pass at once, deadlines never. */
function hurriedClock(pauses: number[]): Clock {
  return {
    now: () => 0,
    monotonic: () => 0,
    setTimer: (fn, ms) => {
      if (ms >= 1_000) return () => undefined;
      pauses.push(ms);
      queueMicrotask(fn);
      return () => undefined;
    },
  };
}

const awsError = (name: string) => Object.assign(new Error(name), { name, $metadata: {}, $fault: "client" });
const call = { service: "elb", operation: "ModifyRule", region: "us-east-1" } as never;

/** A target whose next reads and writes fail as told. */
function stage(script: {
  readonly reads?: readonly string[];
  readonly writes?: readonly string[];
  readonly known?: State;
}) {
  const reads = [...(script.reads ?? [])];
  const writes = [...(script.writes ?? [])];
  const told: string[] = [];
  const pauses: number[] = [];
  let state: State | undefined = { a: 50, b: 50 };
  const fail = (list: string[]) => {
    const name = list.shift();
    if (name !== undefined && name !== "ok") throw awsError(name);
  };
  const driver = {
    id: "rule-1",
    readCall: call,
    writeCall: call,
    budget: { take: async () => undefined },
    describe: async () => {
      told.push("read");
      fail(reads);
      return state;
    },
    rewrite: (_from: State, { weights }: { weights: State }) => weights,
    prepare: (wanted: State) => async () => {
      told.push("write");
      fail(writes);
      state = wanted;
      return wanted;
    },
    readingOf: (shares: State) => ({ kind: "ListenerRule", id: "rule-1", shares }),
    unread: (problem: AccessProblem) => ({ kind: "ListenerRule", id: "rule-1", problem }),
    forget: () => told.push("forget"),
  } as unknown as TargetDriver<State>;
  const lastKnown = new Map(script.known ? [["rule-1", script.known]] : []);
  const wish = { weights: { a: 100, b: 0 }, stickiness: "keep" } as const;
  const task: RollbackTask<State> = {
    driver,
    clock: hurriedClock(pauses),
    wish,
    lastKnown,
    signal: undefined,
  };
  return { task, told, pauses, lastKnown, gone: () => (state = undefined) };
}

const count = (told: readonly string[], what: string) => told.filter((one) => one === what).length;

test("the stable weights are written and read back, and shared reads of before are not trusted any more", async () => {
  const { task, told, lastKnown } = stage({});
  expect(await rollBackTarget(task)).toEqual({
    kind: "ListenerRule",
    id: "rule-1",
    shares: { a: 100, b: 0 },
  });
  expect(told).toEqual(["read", "write", "forget", "read"]);
  expect(lastKnown.get("rule-1")).toEqual({ a: 100, b: 0 });
});

test("a throttled write comes again after 100 and 400 ms, three times in all", async () => {
  const twice = stage({ writes: ["ThrottlingException", "ThrottlingException"] });
  expect((await rollBackTarget(twice.task)).shares).toEqual({ a: 100, b: 0 });
  expect(twice.pauses).toEqual([100, 400]);
  const always = stage({ writes: Array.from({ length: 9 }, () => "ThrottlingException") });
  expect((await rollBackTarget(always.task)).problem?.kind).toBe("throttled");
  expect(count(always.told, "write")).toBe(3);
  expect(count(always.told, "forget")).toBe(3);
});

test("a write that is denied does not come again", async () => {
  const { task, told } = stage({ writes: ["AccessDeniedException"] });
  expect((await rollBackTarget(task)).problem?.kind).toBe("denied");
  expect(count(told, "write")).toBe(1);
});

test("a look that fails is patient only where nothing is known of the target", async () => {
  const blind = stage({ reads: ["ThrottlingException", "ThrottlingException"] });
  expect((await rollBackTarget(blind.task)).shares).toEqual({ a: 100, b: 0 });
  const known = stage({ reads: ["ThrottlingException"], known: { a: 50, b: 50 } });
  expect((await rollBackTarget(known.task)).shares).toEqual({ a: 100, b: 0 });
  expect(known.told.slice(0, 2)).toEqual(["read", "write"]);
});

test("the read-back is patient", async () => {
  const { task, told } = stage({ reads: ["ok", "ThrottlingException", "ThrottlingException"] });
  expect((await rollBackTarget(task)).shares).toEqual({ a: 100, b: 0 });
  expect(count(told, "read")).toBe(4);
});

test("a target that is gone is not written, whatever was known of it", async () => {
  const { task, told, gone } = stage({ known: { a: 50, b: 50 } });
  gone();
  expect((await rollBackTarget(task)).problem?.kind).toBe("notFound");
  expect(count(told, "write")).toBe(0);
});
