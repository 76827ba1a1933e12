import { expect } from "vitest";
import { type AlarmPoller, createAlarmPoller } from "../../src/alarms/poller.ts";
import type { AlarmRead } from "../../src/core/observed.ts";
import type { AlarmCase, AlarmWorld } from "./alarms-world.ts";
import { eventually } from "./conditions.ts";

const region = "us-east-1";

/** A poller that ends with the case. */
async function polling<T>(
  world: AlarmWorld,
  intervalMs: number,
  work: (poller: AlarmPoller) => Promise<T>,
): Promise<T> {
  const poller = createAlarmPoller({ aws: world.aws, intervalMs });
  try {
    return await work(poller);
  } finally {
    poller.stop();
  }
}

const subscribe = (poller: AlarmPoller, rollout: string, names: readonly string[]): void =>
  poller.subscribe(
    rollout,
    names.map((name) => ({ name, region })),
  );

const until = (
  poller: AlarmPoller,
  name: string,
  holds: (read: AlarmRead) => boolean,
  baseline?: string,
): Promise<AlarmRead | undefined> =>
  eventually(
    () => poller.latest(name, region, baseline),
    (read) => read !== undefined && holds(read),
  );

/** The sentences about reading alarms. */
export const alarmCases: readonly AlarmCase[] = [
  {
    name: "reads the state of each alarm at once after the first subscription, long before the interval",
    async run(world, mark) {
      const names = { OK: `${mark}-ok`, ALARM: `${mark}-alarm`, INSUFFICIENT_DATA: `${mark}-none` } as const;
      for (const state of ["OK", "ALARM", "INSUFFICIENT_DATA"] as const)
        await world.put(names[state], { state });
      await polling(world, 60_000, async (poller) => {
        const before = Date.now();
        subscribe(poller, "ns/one", Object.values(names));
        for (const state of ["OK", "ALARM", "INSUFFICIENT_DATA"] as const) {
          const read = await until(poller, names[state], () => true);
          expect(read).toMatchObject({ name: names[state], region, outcome: "read", state });
          expect(read?.at).toBeGreaterThanOrEqual(before);
        }
      });
    },
  },
  {
    name: "an alarm that does not exist is missing, by itself",
    async run(world, mark) {
      await world.put(`${mark}-here`);
      await polling(world, 60_000, async (poller) => {
        subscribe(poller, "ns/one", [`${mark}-here`, `${mark}-typo`]);
        expect(await until(poller, `${mark}-typo`, () => true)).toMatchObject({ outcome: "missing" });
        expect(await until(poller, `${mark}-here`, () => true)).toMatchObject({
          outcome: "read",
          state: "OK",
        });
      });
    },
  },
  {
    name: "polls again and tells of an alarm that came up, urgently, and only those who listen to it",
    async run(world, mark) {
      await world.put(`${mark}-x`);
      await world.put(`${mark}-y`);
      await polling(world, 200, async (poller) => {
        const urgent: string[] = [];
        const calm: string[] = [];
        poller.onPoll((rollouts, info) => (info.urgent ? urgent : calm).push(...rollouts));
        subscribe(poller, "ns/x", [`${mark}-x`]);
        subscribe(poller, "ns/y", [`${mark}-y`]);
        await until(poller, `${mark}-x`, () => true);
        await world.set(`${mark}-x`, "ALARM");
        await until(poller, `${mark}-x`, ({ state }) => state === "ALARM");
        await eventually(
          () => calm.filter((rollout) => rollout === "ns/x").length,
          (count) => count >= 3,
        );
        expect(urgent).toEqual(["ns/x"]);
        expect(calm).toContain("ns/y");
      });
    },
  },
  {
    name: "an alarm that is deleted is missing at the next poll",
    async run(world, mark) {
      await world.put(`${mark}-x`);
      await polling(world, 200, async (poller) => {
        subscribe(poller, "ns/x", [`${mark}-x`]);
        await until(poller, `${mark}-x`, ({ outcome }) => outcome === "read");
        await world.delete(`${mark}-x`);
        const read = await until(poller, `${mark}-x`, ({ outcome }) => outcome === "missing");
        expect(read?.state).toBeUndefined();
      });
    },
  },
  {
    name: "says how much time an alarm looks at",
    async run(world, mark) {
      await world.put(`${mark}-x`, { period: 60, evaluationPeriods: 3 });
      await polling(world, 60_000, async (poller) => {
        subscribe(poller, "ns/x", [`${mark}-x`]);
        expect((await until(poller, `${mark}-x`, () => true))?.windowMs).toBe(180_000);
      });
    },
  },
  {
    name: "forgets an alarm that nobody listens to any more",
    async run(world, mark) {
      await world.put(`${mark}-x`);
      await polling(world, 60_000, async (poller) => {
        subscribe(poller, "ns/x", [`${mark}-x`]);
        await until(poller, `${mark}-x`, () => true);
        poller.unsubscribe("ns/x");
        expect(poller.latest(`${mark}-x`, region)).toBeUndefined();
      });
    },
  },
  {
    name: "reads on demand, out of turn",
    async run(world, mark) {
      await world.put(`${mark}-x`);
      await polling(world, 60_000, async (poller) => {
        subscribe(poller, "ns/x", [`${mark}-x`]);
        const first = await until(poller, `${mark}-x`, () => true);
        await world.set(`${mark}-x`, "ALARM");
        poller.requestNow("ns/x");
        const second = await until(poller, `${mark}-x`, ({ state }) => state === "ALARM");
        expect(second?.at).toBeGreaterThan(first?.at ?? 0);
      });
    },
  },
  {
    name: "reads metric, composite and log alarms alike",
    needs: ["types"],
    async run(world, mark) {
      const types = ["MetricAlarm", "CompositeAlarm", "LogAlarm"] as const;
      for (const type of types) await world.put(`${mark}-${type}`, { type, state: "ALARM" });
      await polling(world, 60_000, async (poller) => {
        subscribe(
          poller,
          "ns/x",
          types.map((type) => `${mark}-${type}`),
        );
        for (const type of types) {
          expect(await until(poller, `${mark}-${type}`, () => true)).toMatchObject({
            outcome: "read",
            state: "ALARM",
          });
        }
      });
    },
  },
  {
    name: "says when an alarm is not evaluated; partial data is evaluated",
    needs: ["evaluation"],
    async run(world, mark) {
      for (const state of ["EVALUATION_ERROR", "EVALUATION_FAILURE", "PARTIAL_DATA"] as const) {
        await world.put(`${mark}-${state}`);
        world.breakEvaluation(`${mark}-${state}`, state);
      }
      await polling(world, 60_000, async (poller) => {
        subscribe(poller, "ns/x", [
          `${mark}-EVALUATION_ERROR`,
          `${mark}-EVALUATION_FAILURE`,
          `${mark}-PARTIAL_DATA`,
        ]);
        const broken = async (state: string) =>
          (await until(poller, `${mark}-${state}`, () => true))?.evaluationBroken;
        expect(await broken("EVALUATION_ERROR")).toBe("EVALUATION_ERROR");
        expect(await broken("EVALUATION_FAILURE")).toBe("EVALUATION_FAILURE");
        expect(await broken("PARTIAL_DATA")).toBeUndefined();
      });
    },
  },
  {
    name: "150 alarms of 30 rollouts are two calls a poll, whoever shares them",
    needs: ["calls"],
    async run(world, mark) {
      const names = Array.from({ length: 150 }, (_, index) => `${mark}-${index}`);
      for (const name of names) await world.put(name);
      await polling(world, 60_000, async (poller) => {
        for (let rollout = 0; rollout < 30; rollout += 1) {
          const mine = names.filter(
            (_, index) => index % 30 === rollout || index % 30 === (rollout + 1) % 30,
          );
          subscribe(poller, `ns/r${rollout}`, mine);
        }
        for (const name of names) await until(poller, name, ({ outcome }) => outcome === "read");
        expect(world.calls("DescribeAlarms", mark)).toBe(2);
      });
    },
  },
  {
    name: "nothing is asked while nobody listens",
    needs: ["calls"],
    async run(world, mark) {
      const [left, followed] = [`${mark}-left`, `${mark}-followed`];
      await world.put(left);
      await world.put(followed);
      await polling(world, 50, async (poller) => {
        subscribe(poller, "ns/left", [left]);
        subscribe(poller, "ns/followed", [followed]);
        await until(poller, left, () => true);
        poller.unsubscribe("ns/left");
        const asked = world.calls("DescribeAlarms", left);
        const before = world.calls("DescribeAlarms", followed);
        await eventually(
          () => world.calls("DescribeAlarms", followed) - before,
          (polls) => polls >= 5,
        );
        // A poll that was under way when nobody listened any more may still have arrived.
        expect(world.calls("DescribeAlarms", left) - asked).toBeLessThanOrEqual(1);
        poller.unsubscribe("ns/followed");
        expect(poller.latest(left, region)).toBeUndefined();
      });
    },
  },
];
