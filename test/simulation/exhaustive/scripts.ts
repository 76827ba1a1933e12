import { annotations } from "../../../src/api/group.ts";
import { ROLLOUT_PATH } from "../names.ts";
import { isInPlace, type Setup } from "../setup.ts";
import { imageOf, specOf, type Wish } from "../spec.ts";
import type { World } from "../world.ts";

/** One thing that a person or the world does, as soon as the world is as it waits for. */
export interface Act {
  readonly when: (world: World) => boolean;
  readonly act: (world: World) => void;
}

/** A short release, told by what the world looks like and never by the time: a death in between changes no story. */
export interface Script {
  readonly name: string;
  readonly acts: readonly Act[];
  /** Default: one rule. */
  readonly setup?: Setup;
}

export const first: Wish = {
  version: "v1",
  replicas: 2,
  steps: [
    { weight: 50, hold: "1s" },
    { weight: 100, hold: "1s" },
  ],
  drain: "3s",
  retain: "3s",
  stepTimeout: "40s",
  alarms: [{ name: "5xx" }],
};

const status = (world: World) => world.rollout?.status;
const rests = (world: World): boolean =>
  status(world)?.state === "Idle" &&
  status(world)?.retained === undefined &&
  status(world)?.stable !== undefined;
const acknowledged = (weight: number) => (world: World) =>
  status(world)?.canary !== undefined && status(world)?.weight?.acknowledged === weight;
const retains = (world: World): boolean => status(world)?.retained !== undefined;

const create: Act = {
  when: () => true,
  act: (world) => {
    world.setAlarm("5xx", "OK");
    if (world.setup.way === "adopted")
      world.hands.create({ version: "v1", replicas: 4, settings: ownSettings });
    world.create(specOf(wishOf(world), world));
  },
};

/** In place there are pods to be divided. */
function wishOf({ setup }: World): Wish {
  return isInPlace(setup) ? { ...first, replicas: 4 } : first;
}

const ownSettings = {
  strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
  minReadySeconds: 1,
  progressDeadlineSeconds: 120,
};

function apply(when: Act["when"], change: Partial<Wish>): Act {
  return {
    when,
    act: (world) => {
      world.edit((rollout) => ({ ...rollout, spec: specOf({ ...wishOf(world), ...change }, world) }));
      if (world.setup.way === "adopted") world.hands.apply(change.version ?? first.version);
    },
  };
}

const release = (change: Partial<Wish> = {}): Act => apply(rests, { version: "v2", ...change });
const alarm = (when: Act["when"]): Act => ({ when, act: (world) => world.setAlarm("5xx", "ALARM") });
const calm = (when: Act["when"]): Act => ({ when, act: (world) => world.setAlarm("5xx", "OK") });
const remove = (when: Act["when"]): Act => ({ when, act: (world) => void world.server.delete(ROLLOUT_PATH) });

function annotate(when: Act["when"], what: keyof typeof annotations): Act {
  return {
    when,
    act: (world) => world.annotate({ [annotations[what]]: status(world)?.release ?? "" }),
  };
}

const crash: Act = {
  when: rests,
  act: (world) => world.behaviours.set(imageOf("v2"), { crashes: true }),
};
const long = [
  { weight: 50, hold: "60s" },
  { weight: 100, hold: "1s" },
];

const mesh: Setup = { way: "mesh", policies: false };

/** Each is played with a death at every effect outside that it has. */
const ofSlots: readonly Script[] = [
  { name: "the first revision", acts: [create] },
  { name: "a good release", acts: [create, release()] },
  { name: "a canary at full size", acts: [create, release({ canaryReplicas: "Full" })] },
  { name: "an alarm in the first step", acts: [create, release({ steps: long }), alarm(acknowledged(50))] },
  { name: "abort", acts: [create, release({ steps: long }), annotate(acknowledged(50), "abort")] },
  { name: "promote", acts: [create, release({ steps: long }), annotate(acknowledged(50), "promote")] },
  {
    name: "superseded",
    acts: [create, release({ steps: long }), apply(acknowledged(50), { version: "v3" })],
  },
  {
    name: "an approval",
    acts: [
      create,
      release({ steps: [{ weight: 50, hold: "1s", approval: true }] }),
      {
        when: (world) => status(world)?.awaiting !== undefined,
        act: (world) => world.annotate({ [annotations.approve]: status(world)?.awaiting ?? "" }),
      },
    ],
  },
  {
    name: "an alarm while the old version is kept",
    acts: [create, release({ retain: "60s" }), alarm(retains)],
  },
  {
    name: "back while the old version is kept",
    acts: [create, release({ retain: "60s" }), apply(retains, { retain: "60s" })],
  },
  { name: "deleted in mid-release", acts: [create, release({ steps: long }), remove(acknowledged(50))] },
  {
    name: "deleted at rest",
    acts: [
      create,
      release(),
      remove((world) => rests(world) && status(world)?.stable?.modelVersion === "v2"),
    ],
  },
  { name: "a good release behind a mesh", acts: [create, release()], setup: mesh },
  {
    name: "an alarm in the first step behind a mesh",
    acts: [create, release({ steps: long }), alarm(acknowledged(50))],
    setup: mesh,
  },
  { name: "a canary that crashes", acts: [create, crash, release({ stepTimeout: "10s" })] },
  {
    name: "an alarm, and the next version",
    acts: [
      create,
      release({ steps: long }),
      alarm(acknowledged(50)),
      calm((world) => status(world)?.state === "RolledBack"),
      apply((world) => status(world)?.state === "RolledBack", { version: "v3" }),
    ],
  },
];

const toB: Partial<Wish> = { version: "v2", destination: "b" };
const cookies: Setup = { way: "alb", policies: false, rules: 2, sticky: 2 };

/** The same short stories, for each other way of moving traffic. */
const ofOthers = (["adopted", "bare", "owned"] as const).flatMap((name): readonly Script[] => {
  const setup: Setup = { way: name === "bare" ? "adopted" : name, policies: name !== "bare" };
  const how = { adopted: "in place", bare: "in place without the policies", owned: "in place, owned" }[name];
  return [
    { name: `a good release ${how}`, acts: [create, release()], setup },
    {
      name: `an alarm in the first step ${how}`,
      acts: [create, release({ steps: long }), alarm(acknowledged(50))],
      setup,
    },
    {
      name: `superseded ${how}`,
      acts: [create, release({ steps: long }), apply(acknowledged(50), { version: "v3" })],
      setup,
    },
    { name: `an alarm in retain ${how}`, acts: [create, release({ retain: "60s" }), alarm(retains)], setup },
    {
      name: `deleted in mid-release ${how}`,
      acts: [create, release({ steps: long }), remove(acknowledged(50))],
      setup,
    },
  ];
});

const outside: Setup = { way: "outside", policies: false };

/** All of them. */
export const scripts: readonly Script[] = [
  ...ofSlots,
  ...ofOthers,
  { name: "a good release outside", acts: [create, release(toB)], setup: outside },
  {
    name: "an alarm in the first step outside",
    acts: [create, release({ ...toB, steps: long }), alarm(acknowledged(50))],
    setup: outside,
  },
  { name: "a good release with cookies at two rules", acts: [create, release()], setup: cookies },
  {
    name: "an alarm with cookies at two rules",
    acts: [create, release({ steps: long }), alarm(acknowledged(50))],
    setup: cookies,
  },
];
