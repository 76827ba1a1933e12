import * as fc from "fast-check";
import { expect, test } from "vitest";
import { Story } from "./commands.ts";
import { settingsOf } from "./in-place/rolled.ts";

/** A word of a command that is only known when it is played. */
const fill = (story: Story, line: string): string => {
  const { release, awaiting, failedRelease } = story.world.rollout?.status ?? {};
  return line
    .replace("$release", release ?? "none")
    .replace("$awaiting", awaiting ?? "none")
    .replace("$failed", failedRelease ?? "none");
};

const from = (weight: number, ...lines: readonly string[]) => ({
  weight,
  arbitrary: fc.constantFrom(...lines),
});

/** Everything that people, autoscalers, GitOps tools, pods, CloudWatch and the API server do in the stories. */
const command = fc.oneof(
  from(8, ...[1, 9, 10, 21, 31, 70, 300].map((seconds) => `wait ${seconds}s`)),
  from(3, ...["OK", "ALARM", "INSUFFICIENT_DATA", "missing", "denied"].map((state) => `alarm 5xx ${state}`)),
  from(2, "alarm p99 OK", "alarm p99 ALARM"),
  from(
    4,
    "deployment image v7",
    "deployment image v8",
    "deployment image v9",
    "deployment insist v8",
    "deployment insist v9",
    "deployment loop v8 31s",
    "deployment loop off",
  ),
  from(3, ...[0, 1, 2, 4, 7, 10, 14].map((replicas) => `deployment scale ${replicas}`)),
  from(
    3,
    "annotate approve $awaiting",
    "annotate promote $release",
    "annotate abort $release",
    "annotate retry $failed",
    "annotate overrideAlarms $release",
  ),
  from(
    2,
    "pods v8 crash",
    "pods v8 crash 1",
    "pods v8 heal",
    "pods v8 never",
    "pods v9 slow 90s",
    "pods v7 kill 1",
    "pods v8 kill 1",
  ),
  from(1, "deployment pause", "deployment resume", "deployment unlabel", "deployment set surge=2 ready=3"),
  from(1, "deployment delete", "deployment create v7 4", "deployment create v8 4", "deployment replace v9 4"),
  from(1, "policies present", "policies absent", "given hasty"),
  from(2, "api conflict", "api conflict 2", "api refused", "api lost", "restart", "restart"),
  from(
    1,
    "edit paused true",
    "edit paused false",
    "edit steps 50:1m 100:1m",
    "edit steps 10:2m 20:1m:approval 100:1m",
    "edit minAvailable 100%",
    "edit minAvailable 25%",
    "edit rollingUpdate surge=0 unavailable=1",
    "edit stepTimeout 5m",
    "edit retain 1m",
  ),
);

const beginning = fc.tuple(
  fc.constantFrom("", "policies absent"),
  fc.constantFrom(
    "surge=1 unavailable=0",
    "surge=0 unavailable=1",
    "surge=25% unavailable=25%",
    "surge=3 ready=15",
  ),
  fc.constantFrom(1, 4, 7, 10),
  fc.array(command, { minLength: 5, maxLength: 30 }),
);

/** `RANDOM_WORLDS=2000` plays as many new ones; without it the same hundred are played every time. */
const wished = process.env.RANDOM_WORLDS;
const choice = wished === undefined ? { numRuns: 100, seed: 20_261_121 } : { numRuns: Number(wished) };

/** A Deployment cannot be made while there is one, nor written while there is none. */
function possible({ world }: Story, line: string): boolean {
  const exists = world.rolled?.deployment !== undefined;
  if (/^deployment (create)/.test(line)) return !exists;
  return exists || !/^(deployment|policies|pods)/.test(line);
}

test("no order of events makes a plan or a pod break an invariant, and a deletion leaves every field as the user wrote it", {
  timeout: 300_000,
}, () => {
  fc.assert(
    fc.property(beginning, ([policies, settings, replicas, commands]) => {
      const story = new Story();
      story.run("edit alarms 5xx p99:Pause");
      story.run("edit steps 20:1m 50:1m 100:1m");
      story.run(`given adopted v7 ${replicas} ${settings}`);
      if (policies !== "") story.run(policies);
      for (const line of commands) if (possible(story, line)) story.run(fill(story, line));
      const { world } = story;
      const stable = world.rollout?.status?.stable?.revision;
      const { rolled } = world;
      const known = rolled?.deployment === undefined ? undefined : rolled;
      if (known) story.run("deployment loop off");
      story.run("delete");
      story.run("wait 5m");
      expect(world.rollout).toBeUndefined();
      if (!known || stable === undefined) return;
      const { spec } = known.standing;
      expect(known.labels).toEqual({});
      expect(known.held).toBe(false);
      expect(spec).toMatchObject({ template: stable, paused: false });
      expect([known.own, known.before]).toContainEqual(settingsOf(spec));
    }),
    choice,
  );
});
