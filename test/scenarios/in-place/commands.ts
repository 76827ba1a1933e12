import { parseDuration } from "../../../src/api/duration.ts";
import type { RollSettings } from "../../../src/core/observed.ts";
import { deletePod, isActive, readyPods, setReady } from "../deployment-controller/cluster.ts";
import type { World } from "../world.ts";
import { Rolled } from "./rolled.ts";

type Words = readonly string[];

const count = (text: string): number | string => (text.endsWith("%") ? text : Number(text));

/** `surge=1 unavailable=0 ready=30 deadline=600 type=Recreate`: what of a Deployment's settings a person writes. */
function settingsOf(words: Words): Partial<RollSettings> {
  const keys: Readonly<Record<string, (value: string) => Partial<RollSettings>>> = {
    surge: (value) => ({ maxSurge: count(value) }),
    unavailable: (value) => ({ maxUnavailable: count(value) }),
    ready: (value) => ({ minReadySeconds: Number(value) }),
    deadline: (value) => ({ progressDeadlineSeconds: Number(value) }),
    type: (value) => ({ type: value }),
  };
  return words.reduce((settings, word) => {
    const [key = "", value = ""] = word.split("=");
    const set = keys[key];
    if (!set) throw new Error(`no setting ${key}`);
    return { ...settings, ...set(value) };
  }, {});
}

/** A Deployment that has stood for long: `v7 10 surge=1 unavailable=0 history=10`. */
export function standingDeployment(
  world: World,
  [template = "v1", replicas = "10", ...words]: Words,
): Rolled {
  const limit = words.find((word) => word.startsWith("history="));
  const own = words.filter((word) => word !== limit);
  const settings = settingsOf(["surge=1", "unavailable=0", ...own]);
  const { maxSurge = 1, maxUnavailable = 0, type = "RollingUpdate", ...rest } = settings;
  const rolled = new Rolled({
    template,
    replicas: Number(replicas),
    strategy: { type, maxSurge, maxUnavailable },
    ...rest,
    ...(limit === undefined ? {} : { revisionHistoryLimit: Number(limit.slice("history=".length)) }),
  });
  rolled.ripen(world.monotonic);
  return rolled;
}

/** One that the operator makes when it is told to. */
export function ownDeployment(): Rolled {
  const strategy = { type: "RollingUpdate", maxSurge: 1, maxUnavailable: 0 };
  return new Rolled({ template: "none", strategy, progressDeadlineSeconds: 2_147_483_647 }, true);
}

type Hand = (rolled: Rolled, words: Words, world: World) => void;

/** What people, autoscalers and GitOps tools do to the Deployment. */
const hands: Readonly<Record<string, Hand>> = {
  /** Another template and nothing else, as `kubectl set image`. */
  image: (rolled, [template = ""]) => rolled.write({ template }),
  /** The whole manifest, by force. */
  insist: (rolled, [template = ""]) => rolled.insist(template),
  /** The same again and again: `deployment loop v8 2s`, `deployment loop off`. */
  loop: (rolled, [template = "", every = "2s"], world) => {
    const everyMs = parseDuration(every);
    rolled.insisting = template === "off" ? undefined : { template, everyMs, at: world.monotonic + everyMs };
  },
  scale: (rolled, [replicas]) => rolled.scale(Number(replicas)),
  set: (rolled, words) => rolled.setOwn(settingsOf(words)),
  pause: (rolled) => rolled.write({ paused: true }),
  resume: (rolled) => rolled.write({ paused: false }),
  delete: (rolled, _words, world) => rolled.delete(world.monotonic),
  create: (rolled, [template = "", replicas]) => rolled.create(template, Number(replicas)),
  /** Deleted and made anew before anybody looks: `deployment replace v8 4`. */
  replace: (rolled, [template = "", replicas], world) => {
    rolled.delete(world.monotonic);
    rolled.create(template, Number(replicas));
  },
  /** Somebody else's object has the name, or has it no more: `deployment taken`, `deployment free`. */
  taken: (rolled) => {
    rolled.taken = true;
  },
  free: (rolled) => {
    rolled.taken = false;
  },
  /** Another controller drives it, or does no more: `deployment driven is driven by Flagger`, `deployment driven`. */
  driven: (rolled, words) => {
    rolled.driven = words.length === 0 ? undefined : words.join(" ");
  },
  /** Somebody takes our labels off. */
  unlabel: (rolled) => {
    rolled.labels = {};
  },
};

export function deploymentHand(world: World, [what = "", ...words]: Words): void {
  const { rolled } = world;
  const act = hands[what];
  if (!rolled || !act) throw new Error(`nobody does ${what} to a Deployment`);
  act(rolled, words, world);
  world.touch();
  if (!rolled.hasty) return;
  while (rolled.turn(world.monotonic)) world.touch();
}

type PodHand = (rolled: Rolled, template: string, words: Words, world: World) => void;

const podHands: Readonly<Record<string, PodHand>> = {
  /** New pods never get Ready. */
  never: (rolled, template) => {
    rolled.behaviour(template).broken = true;
  },
  slow: (rolled, template, [time = "60s"]) => {
    rolled.behaviour(template).startMs = parseDuration(time);
  },
  /** So many Ready pods, or all, are not Ready any more, and no pod of the template gets so. */
  crash: (rolled, template, [number], { monotonic }) => {
    rolled.behaviour(template).broken = true;
    const ready = readyPods(rolled.cluster, template);
    for (const { name } of ready.slice(0, Number(number ?? ready.length)))
      rolled.cluster = setReady(rolled.cluster, name, false, monotonic);
  },
  heal: (rolled, template) => {
    rolled.behaviour(template).broken = false;
  },
  /** So many pods go; their ReplicaSet makes new ones. */
  kill: (rolled, template, [number], { monotonic }) => {
    const alive = rolled.cluster.pods.filter((pod) => isActive(pod) && pod.template === template);
    for (const { name } of alive.slice(0, Number(number ?? alive.length)))
      rolled.cluster = deletePod(rolled.cluster, name, monotonic);
  },
};

export function podHand(world: World, [template = "", what = "", ...words]: Words): void {
  const act = podHands[what];
  if (!world.rolled || !act) throw new Error(`pods do not ${what}`);
  act(world.rolled, template, words, world);
  world.touch();
}

export function setPolicies(world: World, [state = "", ...words]: Words): void {
  const { rolled } = world;
  if (!rolled) throw new Error("policies guard a Deployment, and there is none");
  rolled.policies = state === "refused" ? { refused: words.join(" ") } : (state as "present" | "absent");
  world.touch();
}
