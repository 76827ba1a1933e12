import { expect } from "vitest";
import { type AlarmPoller, createAlarmPoller } from "../../src/alarms/poller.ts";
import type { AlarmRead } from "../../src/core/observed.ts";
import type { AlarmCase, AlarmWorld } from "./alarms-world.ts";
import { eventually } from "./conditions.ts";

const region = "us-east-1";

/** A poller of one alarm that ends with the case. */
async function watching(
  world: AlarmWorld,
  name: string,
  work: (
    read: (holds: (read: AlarmRead) => boolean) => Promise<AlarmRead>,
    poller: AlarmPoller,
  ) => Promise<void>,
): Promise<void> {
  const poller = createAlarmPoller({ aws: world.aws, intervalMs: 300 });
  try {
    poller.subscribe("ns/x", [{ name, region }]);
    const read = async (holds: (read: AlarmRead) => boolean): Promise<AlarmRead> => {
      const found = await eventually(
        () => poller.latest(name, region),
        (each) => each !== undefined && holds(each),
      );
      return found as AlarmRead;
    };
    await work(read, poller);
  } finally {
    poller.stop();
  }
}

/** The history's word on an alarm that fires (or not) between two polls. */
async function historyOf(
  world: AlarmWorld,
  name: string,
  moves: readonly ("OK" | "ALARM" | "INSUFFICIENT_DATA")[],
  before: (world: AlarmWorld) => void = () => {},
): Promise<{ read: AlarmRead; urgent: number; baseline: string }> {
  await world.put(name);
  const poller = createAlarmPoller({ aws: world.aws, intervalMs: 60_000 });
  let urgent = 0;
  try {
    poller.onPoll((_rollouts, info) => {
      if (info.urgent) urgent += 1;
    });
    poller.subscribe("ns/x", [{ name, region }]);
    const first = await eventually(
      () => poller.latest(name, region),
      (read) => read !== undefined,
    );
    const baseline = first?.transitionedAt ?? "";
    poller.subscribe("ns/x", [{ name, region, baseline }]);
    before(world);
    for (const state of moves) {
      // The baseline and each change get a moment of their own, as minutes apart they always have.
      world.pass();
      await world.set(name, state);
    }
    poller.requestNow();
    const read = await eventually(
      () => poller.latest(name, region, baseline),
      (each) => each?.history !== undefined,
    );
    return { read: read as AlarmRead, urgent, baseline };
  } finally {
    poller.stop();
  }
}

/** The sentences about reads that fail and alarms that move between polls. */
export const troubleCases: readonly AlarmCase[] = [
  ...(
    [
      ["throttle", "throttled"],
      ["denied", "denied"],
      ["expiredToken", "denied"],
      ["error503", "unreachable"],
      ["refuse", "unreachable"],
      ["garbage", "unreachable"],
      ["hang", "unreachable"],
    ] as const
  ).map(
    ([kind, expected]): AlarmCase => ({
      name: `a poll that meets '${kind}' is a problem, '${expected}'; the state last read stays visible, and the next poll is good again`,
      needs: ["faults"],
      async run(world, mark) {
        const name = `${mark}-x`;
        await world.put(name, { state: "ALARM" });
        await watching(world, name, async (read) => {
          const good = await read(({ outcome }) => outcome === "read");
          const fault = world.fault({ kind }, "DescribeAlarms");
          const bad = await read(({ outcome }) => outcome === "problem");
          // So short a poll may be over while the SDK still waits for its second attempt.
          expect(kind === "throttle" ? [expected, "unreachable"] : [expected]).toContain(bad.problem?.kind);
          expect(bad.problem?.message).toMatch(/^DescribeAlarms in us-east-1: /);
          expect(bad).toMatchObject({ state: "ALARM", transitionedAt: good.transitionedAt });
          expect(bad.at).toBeGreaterThan(good.at);
          fault.remove();
          expect((await read(({ outcome }) => outcome === "read")).at).toBeGreaterThan(bad.at);
        });
      },
    }),
  ),
  {
    name: "a hanging call does not stall the polls after it",
    needs: ["faults"],
    async run(world, mark) {
      const name = `${mark}-x`;
      await world.put(name);
      await watching(world, name, async (read) => {
        await read(() => true);
        // Three, so that the problem stands for longer than it takes to look.
        const fault = world.fault({ kind: "hang" }, "DescribeAlarms", 3);
        await read(({ outcome }) => outcome === "problem");
        await world.set(name, "ALARM");
        const since = performance.now();
        await read(({ state, outcome }) => state === "ALARM" && outcome === "read");
        expect(performance.now() - since).toBeLessThan(2_500);
        expect(fault.hits).toBe(3);
      });
    },
  },
  {
    name: "a name longer than CloudWatch allows is never good, and does not fail the others",
    async run(world, mark) {
      const good = `${mark}-good`;
      const tooLong = `${mark}-${"x".repeat(300)}`;
      await world.put(good);
      await watching(world, good, async (read, poller) => {
        poller.subscribe("ns/bad", [
          { name: tooLong, region },
          { name: good, region },
        ]);
        const bad = await eventually(
          () => poller.latest(tooLong, region),
          (each) => each !== undefined,
        );
        expect(["missing", "problem"]).toContain(bad?.outcome);
        expect(await read(({ outcome }) => outcome === "read")).toMatchObject({ state: "OK" });
      });
    },
  },
  {
    name: "an alarm that fired and recovered between two polls has fired, urgently",
    needs: ["transitions"],
    async run(world, mark) {
      const { read, urgent, baseline } = await historyOf(world, `${mark}-x`, ["ALARM", "OK"]);
      expect(read.state).toBe("OK");
      expect(read.history).toEqual({ since: baseline, answer: "fired" });
      expect(urgent).toBe(1);
    },
  },
  {
    name: "an alarm that lacked data between two polls was quiet",
    needs: ["transitions"],
    async run(world, mark) {
      const { read, urgent } = await historyOf(world, `${mark}-x`, ["INSUFFICIENT_DATA", "OK"]);
      expect(read.history?.answer).toBe("quiet");
      expect(urgent).toBe(0);
    },
  },
  {
    name: "when the history cannot be read it is unknown, never quiet",
    needs: ["transitions", "faults"],
    async run(world, mark) {
      let fault: { remove(): void } | undefined;
      const { read } = await historyOf(world, `${mark}-x`, ["ALARM", "OK"], () => {
        fault = world.fault({ kind: "denied" }, "DescribeAlarmHistory");
      });
      fault?.remove();
      expect(read.history?.answer).toBe("unknown");
    },
  },
];
