import { describe, expect, test } from "vitest";
import { rollout as caseOf, readCases } from "../../../test/api/cases.ts";
import { type SceneName, scene } from "../../../test/cli/scenes.ts";
import type { ModelRollout } from "../../api/types.ts";
import { allowance } from "../../core/in-place/pace.ts";
import { paint } from "../text/line.ts";
import { changeOf } from "./change.ts";
import { startGates } from "./gates.ts";
import { type Play, playOf } from "./report.ts";
import { usualSettings } from "./rolled.ts";
import { settledScene, wantedOf } from "./scene.ts";
import { simulate } from "./simulate.ts";
import { planLines } from "./text.ts";

const options = { podStartMs: 60_000 };
const minutes = (ms: number | undefined) => (ms === undefined ? undefined : ms / 60_000);

function given(set: Record<string, unknown> = {}, base = "slots"): ModelRollout {
  return caseOf(base, set) as unknown as ModelRollout;
}

function settled(set: Record<string, unknown> = {}, base = "slots"): Play {
  const rollout = given(set, base);
  return playOf(rollout, { kind: "settled", wanted: wantedOf(rollout.spec), now: 0 }, options);
}

/** `weight of the new version @ minute`, for every step. */
const steps = ({ timeline }: Play) =>
  timeline.flatMap(({ what, atMs }) => {
    const weight = /^step \d+\/\d+: (\d+) %/.exec(what)?.[1];
    return weight === undefined ? [] : [`${weight}@${Math.floor(atMs / 60_000)}`];
  });

describe("without a cluster", () => {
  test("slots: pods before each weight, a hold after it, the bake, retain, and the old pods last", () => {
    const play = settled({
      strategy: {
        steps: [
          { weight: 10, hold: "10m" },
          { weight: 50, hold: "10m", approval: true },
        ],
      },
    });
    expect(steps(play)).toEqual(["10@1", "50@12", "100@23"]);
    expect(play.end).toBe("settled");
    expect(play.totals.approvals).toBe(1);
    expect(play.totals.mostPods).toBe(12);
    const [all, stable, done] = [play.totals.allTrafficMs, play.totals.stableMs, play.totals.doneMs].map(
      minutes,
    );
    expect([all, stable, done].map((each) => Math.floor(each ?? 0))).toEqual([23, 33, 43]);
    const pods = play.timeline.map(({ pods: { a, b } }) => `${a.wanted}+${b.wanted}`);
    expect([...new Set(pods)]).toEqual(["6+1", "6+3", "6+6", "0+6"]);
    const last = play.timeline.at(-1);
    expect(last?.shares).toEqual({ a: 0, b: 100 });
  });

  test("Full: all pods from the first step on", () => {
    const play = settled({ strategy: { canaryReplicas: "Full" } });
    expect(play.timeline[0]?.pods.b.wanted).toBe(6);
  });

  test("pods that take longer make it take longer", () => {
    const rollout = given();
    const beginning = { kind: "settled", wanted: wantedOf(rollout.spec), now: 0 } as const;
    const slow = playOf(rollout, beginning, { podStartMs: 20 * 60_000 });
    const quick = playOf(rollout, beginning, { podStartMs: 0 });
    // Three sizes, so three times 20 minutes.
    expect((minutes(slow.totals.stableMs) ?? 0) - (minutes(quick.totals.stableMs) ?? 0)).toBeCloseTo(60, 0);
  });

  test("pods that take longer than stepTimeout are taken back", () => {
    const rollout = given({ strategy: { stepTimeout: "5m" } });
    const beginning = { kind: "settled", wanted: wantedOf(rollout.spec), now: 0 } as const;
    const play = playOf(rollout, beginning, { podStartMs: 10 * 60_000 });
    expect(play.end).toBe("stands");
    expect(play.standsAt).toMatch(/^RolledBack: /);
    expect(play.timeline.some(({ what }) => what.startsWith("taken back: "))).toBe(true);
    expect(play.totals.stableMs).toBeUndefined();
  });

  test.each<[string, Record<string, unknown>, RegExp]>([
    ["paused", { paused: true }, /^Paused: .*spec\.paused/],
    ["no replicas", { replicas: 0 }, /^Starting: .*spec\.replicas is 0/],
  ])("%s: it stands, and says where", (_, set, where) => {
    const play = settled(set);
    expect(play.end).toBe("stands");
    expect(play.standsAt).toMatch(where);
    expect(play.totals.stableMs).toBeUndefined();
  });

  describe("in place", () => {
    const strategy = { steps: [{ weight: 20, hold: "5m" }] };

    test("the share is pods of one Deployment, made as its own limits allow", () => {
      const play = settled({ strategy }, "owned");
      // 6 replicas, surge 1, unavailable 0: two pods one after the other, then four.
      expect(steps(play)).toEqual(["20@2", "100@11"]);
      const step = play.timeline.find(({ what }) => what.startsWith("step 1/2"));
      expect(step?.pods).toEqual({ a: { serving: 4, wanted: 4 }, b: { serving: 2, wanted: 2 } });
      expect(Math.round(step?.shares?.b ?? 0)).toBe(33);
      expect(play.totals.mostPods).toBe(7);
      expect(play.timeline.at(-1)?.pods).toEqual({
        a: { serving: 0, wanted: 0 },
        b: { serving: 6, wanted: 6 },
      });
    });

    test("a Deployment that is adopted has the size that it is said to have", () => {
      const rollout = given({ strategy }, "adopted");
      const beginning = { kind: "settled", wanted: wantedOf(rollout.spec), now: 0 } as const;
      const own = { ...usualSettings, maxSurge: 1, maxUnavailable: 0 };
      const small = playOf(rollout, beginning, { ...options, deployment: { replicas: 2, own } });
      expect(small.timeline.at(-1)?.pods.b.wanted).toBe(2);
      expect(small.totals.mostPods).toBe(3);
      const usual = playOf(rollout, beginning, options);
      expect(usual.timeline.at(-1)?.pods.b.wanted).toBe(10);
    });

    test("the Deployment controller never goes below what is allowed, nor above", () => {
      for (const [replicas, maxSurge, maxUnavailable] of [
        [1, 1, 0],
        [3, 0, 1],
        [10, "25%", "25%"],
        [150, 10, 0],
        [7, "100%", 0],
      ] as const) {
        const rollout = given({ strategy }, "adopted");
        const own = { ...usualSettings, maxSurge, maxUnavailable };
        const { surge, unavailable } = allowance(replicas, maxUnavailable, maxSurge);
        const world = settledScene(rollout, wantedOf(rollout.spec), {
          ...options,
          deployment: { replicas, own },
        });
        const { turns, end } = simulate(world);
        expect(end).toBe("settled");
        for (const {
          slots: { a, b },
        } of turns) {
          expect(a.serving + b.serving).toBeGreaterThanOrEqual(replicas - unavailable);
          // Above 100 replicas whole percents are too coarse, so a little surge stays.
          expect(a.wanted + b.wanted).toBeLessThanOrEqual(replicas + surge + replicas / 100);
        }
      }
    });

    test("pods that never come up in time are taken back, all of them", () => {
      const rollout = given({ strategy: { ...strategy, stepTimeout: "5m" } }, "owned");
      const beginning = { kind: "settled", wanted: wantedOf(rollout.spec), now: 0 } as const;
      const play = playOf(rollout, beginning, { podStartMs: 3_600_000 });
      expect(play.end).toBe("stands");
      expect(play.timeline.at(-1)?.pods).toEqual({
        a: { serving: 6, wanted: 6 },
        b: { serving: 0, wanted: 0 },
      });
    });
  });

  test("outside: weights and times, no pods", () => {
    const play = settled({ strategy: { steps: [{ weight: 20, hold: "5m" }] } }, "outside");
    expect(steps(play)).toEqual(["20@0", "100@5"]);
    expect(play.totals.mostPods).toBeUndefined();
  });

  test("a destination outside: traffic goes where the spec says", () => {
    expect(settled({ destination: "a" }, "outside").timeline.at(-1)?.shares).toEqual({ a: 100, b: 0 });
    expect(settled({ destination: "b" }, "outside").timeline.at(-1)?.shares).toEqual({ a: 0, b: 100 });
  });

  test("nothing runs yet: no steps", () => {
    const rollout = given();
    const play = playOf(rollout, { kind: "empty", wanted: wantedOf(rollout.spec), now: 0 }, options);
    expect(steps(play)).toEqual([]);
    expect(play.end).toBe("settled");
    expect(play.timeline.at(-1)).toMatchObject({
      shares: { a: 100, b: 0 },
      pods: { a: { serving: 6, wanted: 6 } },
    });
  });

  test("whatever the API server accepts comes to an end", async () => {
    for (const row of await readCases("accepted.yaml")) {
      const play = settled(row.set ?? {}, row.base);
      expect([row.it, play.end]).toEqual([row.it, expect.stringMatching(/settled|stands/)]);
      expect(play.timeline.map(({ what }) => what).join("\n")).not.toMatch(/undefined|NaN/);
    }
  });

  test("printed", () => {
    const rollout = given({ model: { version: "v8" }, strategy: { steps: [{ weight: 10, hold: "10m" }] } });
    const play = playOf(
      rollout,
      { kind: "settled", wanted: wantedOf(rollout.spec), now: 0 },
      { podStartMs: 0 },
    );
    const lines = planLines({ name: "x", play, columns: ["A", "B"], assumed: ["Assumed: all is well."] });
    const text = lines.map((line) => paint(line, false));
    expect(text[0]).toBe("x");
    expect(text[2]).toMatch(/^ *AFTER +A +PODS +B +PODS +WHAT HAPPENS$/);
    expect(text.filter((line) => line.includes("step "))).toEqual([
      expect.stringMatching(/^ +90 % +6\/6 +10 % +1\/1 +step 1\/2: 10 %, held for 10m$/),
      expect.stringMatching(/^ +0 % +6\/6 +100 % +6\/6 +step 2\/2: 100 %, held for 10m$/),
    ]);
    expect(text.slice(-4, -2)).toEqual([
      expect.stringMatching(/^all the traffic after 10m\d+s, stable after 20m\d+s, all done after 30m\d+s$/),
      "at most 12 pods at once",
    ]);
  });
});

describe("from a live object on", () => {
  function fromLive(name: SceneName, version: string): { change: ReturnType<typeof changeOf>; play: Play } {
    const { rollout: live, now } = scene(name);
    const planned: ModelRollout = {
      ...live,
      metadata: { ...live.metadata, generation: live.metadata.generation + 1 },
      spec: { ...live.spec, model: { ...live.spec.model, version } },
    };
    const wanted = wantedOf(planned.spec);
    return {
      change: changeOf(planned, live, wanted),
      play: playOf(planned, { kind: "live", wanted, now }, options),
    };
  }

  test("settled on v9, the file has v10: a release, in the other slot", () => {
    const { change, play } = fromLive("idle", "v10");
    expect(change.kind).toBe("release");
    expect(steps(play)).toEqual(["10@1", "50@12", "100@23"]);
    expect(play.timeline.at(-1)?.shares).toEqual({ a: 0, b: 100 });
  });

  test("settled on v9, the file has v9 too", () => {
    const { rollout } = scene("idle");
    expect(changeOf(rollout, rollout, wantedOf(rollout.spec)).kind).toBe("nothing");
    const other = { ...rollout, spec: { ...rollout.spec, replicas: 8 } };
    const wanted = wantedOf(other.spec);
    expect(changeOf(other, rollout, wanted).kind).toBe("settings");
    const play = playOf(other, { kind: "live", wanted, now: scene("idle").now }, options);
    expect(play.timeline.map(({ what }) => what)).toEqual([expect.stringContaining("8 pods")]);
  });

  test("v9 is released, the file has v10: v9 is taken back first", () => {
    const { change, play } = fromLive("holding", "v10");
    expect(change.kind).toBe("supersede");
    const all = play.timeline.map(({ what }) => what);
    expect(all.findIndex((what) => what.startsWith("taken back"))).toBeLessThan(
      all.findIndex((what) => /release .* of v10 begins/.test(what)),
    );
    expect(all).toContainEqual(expect.stringMatching(/^v9 is out: Superseded/));
    expect(all).not.toContainEqual(expect.stringMatching(/^v9 is stable now/));
    expect(steps(play).at(-1)).toMatch(/^100@/);
  });

  test("v9 is released, the file has v8 again: back to it", () => {
    const { change, play } = fromLive("holding", "v8");
    expect(change.kind).toBe("revert");
    expect(play.timeline.at(-1)?.shares).toEqual({ a: 0, b: 100 });
    expect(play.end).toBe("settled");
  });

  test("v9 is stable and v8 retained, the file has v8 again: back without steps", () => {
    const { change, play } = fromLive("retained", "v8");
    expect(change.kind).toBe("revert");
    expect(steps(play)).toEqual([]);
    expect(play.timeline.at(-1)?.shares).toEqual({ a: 0, b: 100 });
  });

  test("v9 has failed, the file has it still", () => {
    const { change, play } = fromLive("rolled-back", "v9");
    expect(change.kind).toBe("nothing");
    expect(play.end).toBe("stands");
    const { rollout } = scene("rolled-back");
    const edited = { ...rollout, spec: { ...rollout.spec, replicas: 7 } };
    expect(changeOf(edited, rollout, wantedOf(edited.spec)).kind).toBe("failed");
  });

  test("an alarm fires: the release does not begin", () => {
    const { play } = fromLive("blocked-by-an-alarm", "v10");
    expect(play.standsAt).toMatch(/^Blocked: /);
  });

  test("an unfinished hold is finished", () => {
    const { rollout, now } = scene("holding");
    const wanted = wantedOf(rollout.spec);
    const play = playOf(rollout, { kind: "live", wanted, now: now + 4 * 60_000 }, options);
    expect(steps(play)[0]).toMatch(/^50@7$/);
  });
});

test("a Deployment that the operator makes, from the first sight on and from the middle of a release", () => {
  const rollout = given({ strategy: { steps: [{ weight: 20, hold: "5m" }] } }, "owned");
  const wanted = wantedOf(rollout.spec);
  const first = playOf(rollout, { kind: "empty", wanted, now: 0 }, options);
  expect(steps(first)).toEqual([]);
  expect(first.end).toBe("settled");
  expect(first.timeline.at(-1)?.pods.b).toEqual({ serving: 6, wanted: 6 });
  const world = settledScene(rollout, wanted, options);
  expect(simulate(world, ({ state }) => state === "Holding").end).toBe("stopped");
  const live = playOf(world.rollout, { kind: "live", wanted, now: world.now }, options);
  expect(steps(live)).toEqual(["100@9"]);
  expect(live.end).toBe("settled");
});

test("in place, from the middle of a release on", () => {
  const rollout = given({ strategy: { steps: [{ weight: 20, hold: "5m" }] } }, "adopted");
  const own = { ...usualSettings, maxSurge: 1, maxUnavailable: 0 };
  const deployment = { replicas: 10, own };
  const wanted = wantedOf(rollout.spec);
  const world = settledScene(rollout, wanted, { ...options, deployment });
  const { end } = simulate(world, ({ state }) => state === "Holding");
  expect(end).toBe("stopped");
  const live = playOf(world.rollout, { kind: "live", wanted, now: world.now }, { ...options, deployment });
  expect(steps(live)).toEqual([expect.stringMatching(/^100@1\d$/)]);
  expect(live.timeline.at(-1)?.pods).toEqual({
    a: { serving: 0, wanted: 0 },
    b: { serving: 10, wanted: 10 },
  });
});

describe("what else a file can come to", () => {
  test("a Deployment that is adopted has its revision elsewhere", () => {
    const live = given({}, "adopted");
    const planned = { ...live, spec: { ...live.spec, paused: true } };
    expect(changeOf(planned, live, wantedOf(planned.spec)).kind).toBe("elsewhere");
    expect(changeOf(planned, undefined, wantedOf(planned.spec)).kind).toBe("create");
  });
});

describe("start gates", () => {
  const planned = given();
  const answers = (evidence: Partial<Parameters<typeof startGates>[0]>) =>
    Object.fromEntries(
      startGates({ planned, pods: { ok: true, object: {} }, taken: [], ...evidence }).map(
        ({ gate, answer }) => [gate, answer],
      ),
    );

  test("as far as they can be asked", () => {
    expect(answers({})).toEqual({
      template: "open",
      names: "open",
      replicas: "open",
      paused: "open",
      traffic: "unknown",
      alarms: "unknown",
    });
    expect(answers({ live: scene("idle").rollout })).toMatchObject({ traffic: "open" });
  });

  test("closed ones", () => {
    expect(answers({ pods: { ok: false, messages: ["no"] } })).toMatchObject({ template: "closed" });
    expect(answers({ taken: ["Deployment x-a"] })).toMatchObject({ names: "closed" });
    expect(answers({ planned: given({ paused: true, replicas: 0 }) })).toMatchObject({
      paused: "closed",
      replicas: "closed",
    });
    expect(answers({ live: scene("blocked-by-an-alarm").rollout })).toMatchObject({ alarms: "closed" });
  });

  test("what may not be read is said", () => {
    const [, names] = startGates({ planned, pods: { ok: true, object: {} } });
    expect(names).toMatchObject({ gate: "names", answer: "unknown" });
  });
});
