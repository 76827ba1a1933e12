import * as fc from "fast-check";
import { expect, test } from "vitest";
import { Story } from "./commands.ts";

/** A word of a command that is only known when it is played. */
const fill = (story: Story, line: string): string => {
  const { release, awaiting, failedRelease } = story.world.rollout?.status ?? {};
  return line
    .replace("$release", release ?? "none")
    .replace("$awaiting", awaiting ?? "none")
    .replace("$failed", failedRelease ?? "none");
};

const slot = fc.constantFrom("a", "b");
const percent = fc.constantFrom(0, 10, 37, 50, 100);

/** Everything that people, pods, CloudWatch and AWS do in the stories, in any order. */
const command = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom(1, 9, 10, 31, 70, 300, 700).map((s) => `wait ${s}s`) },
  {
    weight: 3,
    arbitrary: fc
      .constantFrom("OK", "ALARM", "INSUFFICIENT_DATA", "missing", "denied", "broken", "forgetful")
      .map((state) => `alarm 5xx ${state}`),
  },
  { weight: 2, arbitrary: fc.constantFrom("OK", "ALARM").map((state) => `alarm p99 ${state}`) },
  { weight: 2, arbitrary: fc.constantFrom("v7", "v8", "v9").map((version) => `apply ${version}`) },
  {
    weight: 3,
    arbitrary: fc.constantFrom(
      "annotate approve $awaiting",
      "annotate promote $release",
      "annotate abort $release",
      "annotate retry $failed",
      "annotate overrideAlarms $release",
    ),
  },
  {
    weight: 2,
    arbitrary: fc
      .tuple(slot, fc.constantFrom("crash", "heal", "kill", "undeploy", "unhealthy"))
      .map(([at, what]) => `pods ${at} ${what}`),
  },
  {
    weight: 2,
    arbitrary: fc
      .tuple(fc.constantFrom("rule-1", "rule-2"), percent)
      .map(([id, b]) => `weights ${id} a ${100 - b} b ${b}`),
  },
  {
    weight: 2,
    arbitrary: fc
      .tuple(fc.constantFrom("throttled", "denied", "lost", "hangs"), fc.constantFrom("", "@rule-2"))
      .map(([kind, at]) => `write ${kind}${at}`),
  },
  {
    weight: 1,
    arbitrary: fc
      .tuple(fc.constantFrom("rule-1", "rule-2"), fc.constantFrom("ok", "ok", "throttled", "denied"))
      .map(([id, what]) => `target ${id} ${what}`),
  },
  { weight: 1, arbitrary: fc.constantFrom("health ok", "health throttled", "late", "restart", "restart") },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      "edit replicas 2",
      "edit replicas 6",
      "edit paused true",
      "edit paused false",
      "edit steps 10:1m 50:1m:approval 100:1m",
      "edit steps 5:2m 20:1m 100:1m",
      "edit retain 1m",
      "edit stepTimeout 5m",
    ),
  },
);

const world = fc.tuple(
  fc.constantFrom("", "given sticky 300"),
  fc.array(command, { minLength: 5, maxLength: 40 }),
);

const runs = Number(process.env.RANDOM_WORLDS ?? 300);

test("no order of events makes a plan break an invariant, and a deletion always ends", {
  timeout: 300_000,
}, () => {
  fc.assert(
    fc.property(world, ([given, commands]) => {
      const story = new Story();
      story.run("given rules rule-1 rule-2");
      if (given !== "") story.run(given);
      story.run("edit alarms 5xx p99:Pause");
      story.run("edit steps 10:1m 50:1m 100:1m");
      story.run("given stable v7");
      for (const line of commands) story.run(fill(story, line));
      story.run("delete");
      story.run("wait 30m");
      expect(story.world.rollout).toBeUndefined();
    }),
    { numRuns: runs },
  );
});
