import { labels } from "../../../src/api/group.ts";
import { hashOfSet } from "../cluster/rolled-objects.ts";
import { NAMESPACE } from "../names.ts";
import { atRest } from "../oracle/rest.ts";
import { Stage } from "../stage.ts";
import { fair } from "../weather.ts";
import type { World } from "../world.ts";
import type { Script } from "./scripts.ts";

/** Where the process dies: at the effect of this number, counted from 1, before or after it. */
export interface Death {
  readonly effect: number;
  readonly moment: "before" | "after";
}

export interface Played {
  /** Effects outside in all. */
  readonly effects: number;
  readonly deaths: number;
  /** What stands at the end, as text: two that are equal ended the same. */
  readonly end: string;
  readonly violations: readonly string[];
  readonly story: readonly string[];
}

const LOOK_MS = 100;
const MOST_MS = 15 * 60_000;
/** So many looks in a row at which all acts are done, somebody leads, and nothing is under way. */
const CALM_LOOKS = 150;

/** Plays a script in fair weather; the process dies at each of `deaths`, the later ones counted from the death before. */
export async function play(script: Script, deaths: readonly Death[] = []): Promise<Played> {
  const stage = new Stage({
    seed: 1,
    climate: fair,
    podStartMs: 1_500,
    setup: script.setup ?? { way: "alb", policies: false },
    alarmPollMs: 2_000,
    driftPollMs: 10_000,
    replicas: 1,
    gentle: true,
    reachable: false,
    keep: 200,
    logs: false,
  });
  const { world, timeline, oracle } = stage;
  const left = [...deaths];
  let effects = 0;
  let since = 0;
  oracle.deadly = ({ moment }) => {
    if (moment === "before") {
      effects += 1;
      since += 1;
    }
    const [next] = left;
    if (next?.effect !== since || next.moment !== moment) return false;
    left.shift();
    since = 0;
    return true;
  };
  const acts = [...script.acts];
  for (let calm = 0; stage.isFine && calm < CALM_LOOKS && timeline.now < MOST_MS; ) {
    await stage.until(timeline.now + LOOK_MS);
    const [act] = acts;
    if (act?.when(world) === true) {
      acts.shift();
      act.act(world);
    }
    calm = acts.length === 0 && stage.fleet.leader !== undefined && atRest(world) ? calm + 1 : 0;
  }
  if (stage.isFine && !atRest(world))
    oracle.note("rest", `${script.name}: no end after ${MOST_MS / 60_000} min`);
  const end = endOf(world);
  await stage.close();
  return {
    effects,
    deaths: deaths.length - left.length,
    end,
    violations: oracle.violations,
    story: stage.story.lines,
  };
}

/** Of the Deployment that is rolled in place: its spec, its marks, and its pods by template. */
function inPlaceOf(world: World): unknown {
  const { deployment } = world.hands;
  if (!deployment) return undefined;
  const { labels: marks, managedFields } = deployment.metadata;
  const sets = world.setsOf(deployment).filter(({ spec }) => spec.replicas > 0);
  return {
    spec: deployment.spec,
    marks,
    managers: managedFields?.length,
    pods: sets.map((set) => `${hashOfSet(set)} x${set.spec.replicas}`),
  };
}

/** Everything that a release leaves behind, without times, uids and messages. */
function endOf(world: World): string {
  const { rollout, server } = world;
  const { state, stable, failedRevision, history = [], release } = rollout?.status ?? {};
  const named = (resource: string) =>
    server.etcd
      .list(resource)
      .filter(({ metadata }) => metadata.namespace === NAMESPACE)
      .map(({ metadata }) => metadata.name)
      .sort((one = "", other = "") => one.localeCompare(other));
  return JSON.stringify(
    {
      state,
      stable: stable && { revision: stable.revision, slot: stable.slot },
      failedRevision,
      release,
      history: history.map(({ revision, outcome, reason }) => `${revision} ${outcome} ${reason}`),
      shares: [world.shareOf("a"), world.shareOf("b")],
      slots: (["a", "b"] as const).map((slot) => {
        const deployment = world.deployment(slot);
        return `${deployment?.metadata.labels?.[labels.revision]} x${deployment?.spec.replicas}`;
      }),
      services: named("services"),
      bindings: named("targetgroupbindings.elbv2.k8s.aws"),
      revisions: named("controllerrevisions.apps"),
      finalizers: rollout?.metadata.finalizers,
      deployment: inPlaceOf(world),
      sticky: world.edge.targets.map((target) => target.sticky() ?? "off"),
    },
    undefined,
    1,
  );
}
