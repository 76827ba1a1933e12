import { isReady, type Pod } from "../control-plane/deployments.ts";
import { eventually } from "../control-plane/eventually.ts";
import { kubectl } from "../control-plane/manifests.ts";
import { watchObjects } from "../target-binder/watched-objects.ts";
import type { Edge } from "../world/edge.ts";
import type { Rollout } from "../world/rollouts.ts";
import { slotsOf } from "../world/slots.ts";
import type { World } from "../world/world.ts";
import { adopted } from "./in-place-world.ts";
import type { Story } from "./kill-lane.ts";

/** What a release of a story comes to. */
export type Ending = "promoted" | "rolledBack";

const replicas = 2;
const quick = { "modelrollout.dev/test-shutdown-delay": "200ms" };

/** What of the status must not depend on where the operator died. */
const endOf = ({ latest }: Rollout, version: string): object => {
  const { stable, canary, retained, intent, rollback, step, history, state, failedReason } =
    latest?.status ?? {};
  return {
    state,
    stableIsNew: stable?.modelVersion === version,
    left: [canary, retained, intent, rollback, step].filter((each) => each !== undefined).length,
    last: `${history?.[0]?.modelVersion === version} ${history?.[0]?.outcome}`,
    times: history?.filter(({ modelVersion }) => modelVersion === version).length,
    failedReason,
  };
};

const atRest = async (rollout: Rollout, ending: Ending, version: string): Promise<void> => {
  await rollout.waitFor(
    `${version} is ${ending}, and nothing is left of it`,
    ({ metadata, status }) =>
      status?.observedGeneration === metadata.generation &&
      status.history?.[0]?.modelVersion === version &&
      status.state === (ending === "promoted" ? "Idle" : "RolledBack") &&
      (status.stable?.modelVersion === version) === (ending === "promoted") &&
      status.canary === undefined &&
      status.retained === undefined &&
      status.rollback === undefined,
    90_000,
  );
};

/**
 * Releases behind a load balancer, under load: 50 % and 100 %. Promoted, or rolled back for an alarm that fires as soon
 * as the canary has 50 %.
 */
export async function albStory(world: World, name: string, ending: Ending): Promise<Story> {
  const { client, namespace, simulator } = world;
  const edge = await world.createEdge({ name });
  const rollout = world.rollouts.of({ name, edge });
  const slots = slotsOf(client, namespace, name);
  const alarm = `${name}-5xx`;
  edge.putManualAlarm(alarm);
  const found: string[] = [];
  let number = 1;
  let serving: "a" | "b" = "a";
  const applied = (): Parameters<Rollout["apply"]>[0] => ({
    version: `v${number}`,
    replicas,
    podAnnotations: quick,
    ...(ending === "promoted" ? {} : { alarms: [alarm] }),
    steps: [{ weight: 50, hold: ending === "promoted" ? "200ms" : "60s" }],
    strategy: { retain: "200ms", drain: "200ms" },
  });
  const watched = await watchPods(world, name, (pods) => found.push(...shortOf(edge, pods)));
  const forget = simulator.onAfterCall(({ operation }) => {
    if (operation !== "ModifyRule") return;
    found.push(...shortOf(edge, watched.alive()));
    const fires = ending === "rolledBack" && edge.weights()[serving === "a" ? "b" : "a"] > 0;
    if (fires) simulator.alarms.set(alarm, "ALARM");
  });
  await rollout.apply(applied());
  await rollout.waitForReady();
  // Before the first version there was nothing to be short of.
  found.splice(0);
  const load = edge.startLoad({
    rps: 20,
    onOutcome: ({ status, version, sentAt }) => {
      if (status !== 200) found.push(`a request was answered with ${status ?? "nothing"}`);
      const gone = takenOut(edge, version === `v${number}` ? other(serving) : serving, sentAt);
      if (gone) found.push(`${version} answered a request that was sent after it had been taken out`);
    },
  });
  return {
    begin: async () => {
      // The canary's slot of the last release is serving now; a failed one has left it as it was.
      simulator.alarms.set(alarm, "OK");
      const { slot } = rollout.latest?.status?.stable ?? {};
      serving = slot === "b" ? "b" : "a";
      number += 1;
      await rollout.apply(applied());
    },
    settled: async () => {
      await atRest(rollout, ending, `v${number}`);
      await eventually("the idle slot is empty", async () => {
        const idle = ending === "promoted" ? serving : other(serving);
        return (await slots.deployment(idle))?.spec.replicas === 0;
      });
    },
    end: async () => {
      const idle = ending === "promoted" ? serving : other(serving);
      const [one, two] = [await slots.deployment(other(idle)), await slots.deployment(idle)];
      const weights = edge.weights();
      return {
        ...endOf(rollout, `v${number}`),
        shares: [weights[other(idle)] > 0, weights[idle]],
        replicas: [one?.spec.replicas, two?.spec.replicas],
      };
    },
    violations: () => found.splice(0),
    stop: async () => {
      forget();
      await load.stop();
      await watched.stop();
    },
  };
}

const other = (slot: "a" | "b"): "a" | "b" => (slot === "a" ? "b" : "a");

/** Slots with a share of the traffic that have fewer Ready pods than the share needs. */
function shortOf(edge: Edge, pods: readonly Pod[]): readonly string[] {
  const weights = edge.weights();
  return (["a", "b"] as const).flatMap((slot) => {
    const share = weights[slot] / (weights.a + weights.b);
    const ready = pods.filter(
      (pod) => pod.metadata.labels?.["modelrollout.dev/slot"] === slot && isReady(pod),
    ).length;
    const needed = Math.ceil(share * replicas);
    return ready < needed ? [`slot ${slot} has ${ready} Ready pods for ${100 * share} % of the traffic`] : [];
  });
}

/** Whether the group had no share from before the moment on, to this day. */
function takenOut({ writes }: Edge, slot: "a" | "b", at: number): boolean {
  const last = writes.findLastIndex((write) => write.at < at);
  return last >= 0 && writes.slice(last).every(({ weights }) => weights[slot] === 0);
}

type Watched = { alive(): readonly Pod[]; stop(): Promise<void> };

/** The pods of `app: NAME` that are not being deleted. */
async function watchPods(
  { client, namespace }: World,
  name: string,
  changed: (alive: readonly Pod[]) => void,
): Promise<Watched> {
  let all: ReadonlyMap<string, Pod> = new Map();
  const alive = (): readonly Pod[] =>
    [...all.values()].filter(
      ({ metadata }) => metadata.labels?.["app"] === name && metadata.deletionTimestamp === undefined,
    );
  const watched = await watchObjects<Pod>(client, `/api/v1/namespaces/${namespace}/pods`, () =>
    changed(alive()),
  );
  all = watched.byKey;
  return { alive, stop: () => watched.stop() };
}

/** Releases of a Deployment of four pods, in place: 50 % and the rest, or back for an alarm at 50 %. */
export async function inPlaceStory(
  world: World,
  plane: Parameters<typeof kubectl>[0],
  name: string,
  ending: Ending,
): Promise<Story> {
  const { simulator } = world;
  const alarm = `${name}-5xx`;
  simulator.alarms.put(alarm, { state: "OK" });
  const hold = ending === "promoted" ? "200ms" : "60s";
  const strategy = {
    steps: [{ weight: 50, hold }],
    stepTimeout: "60s",
    retain: "200ms",
    drain: "200ms",
    ...(ending === "promoted" ? {} : { rollback: { minAvailable: "50%" } }),
  };
  const it = await adopted(world, async (args) => await kubectl(plane, args), name, {
    replicas: 4,
    annotations: quick,
    rollout: {
      strategy,
      ...(ending === "promoted" ? {} : { analysis: { alarms: [{ name: alarm }] } }),
    },
  });
  const found: string[] = [];
  let number = 1;
  let last = 1;
  let gone: string | undefined;
  const clients = startClients(world, await watchPods(world, name, () => undefined), (version) => {
    if (version === gone) found.push(`${version} answered a request after it had been taken out`);
  });
  const least = ending === "promoted" ? 4 : 2;
  const fires = setInterval(() => {
    const { status } = it.rollout.latest ?? {};
    const judged = status?.canary?.modelVersion === `v${number}` && status.weight?.acknowledged === 50;
    if (ending === "rolledBack" && judged) simulator.alarms.set(alarm, "ALARM");
  }, 20);
  return {
    begin: async () => {
      simulator.alarms.set(alarm, "OK");
      gone = undefined;
      number += 1;
      it.pods.reset();
      await it.apply({ version: `v${number}`, replicas: 4, annotations: quick });
    },
    settled: async () => {
      const [wanted, unwanted] = ending === "promoted" ? [number, last] : [last, number];
      await atRest(it.rollout, ending, `v${number}`);
      await it.settled({ [`v${wanted}`]: 4, [`v${unwanted}`]: 0 });
      // The status says it first.
      await eventually("its settings are the user's again", async () => {
        const { minReadySeconds = 0, progressDeadlineSeconds } = (await it.get()).spec;
        return minReadySeconds === 0 && progressDeadlineSeconds === 600;
      });
      gone = `v${unwanted}`;
      if (ending === "promoted") last = number;
    },
    end: async () => {
      const { spec } = await it.get();
      const image = spec.template.spec.containers[0]?.image.split(":")[1];
      const { strategy: own, paused = false, replicas: size, minReadySeconds = 0 } = spec;
      return {
        ...endOf(it.rollout, `v${number}`),
        template: image === `v${number}` ? "new" : image,
        spec: { own, paused, size, minReadySeconds },
      };
    },
    violations: () => {
      if (it.pods.leastReady < least)
        found.push(`only ${it.pods.leastReady} Ready pods, ${least} are needed`);
      if (it.pods.together > 2) found.push(`pods of ${it.pods.together} versions at one time`);
      return found.splice(0);
    },
    stop: async () => {
      clearInterval(fires);
      await clients.stop();
      await it.pods.stop();
    },
  };
}

/** Asks Ready pods in turn, as a Service's clients do. */
function startClients(world: World, pods: Watched, answered: (version: string | undefined) => void): Watched {
  let turn = 0;
  const timer = setInterval(() => {
    const ready = pods.alive().filter(isReady);
    const ip = ready[turn++ % Math.max(1, ready.length)]?.status?.podIP;
    if (ip === undefined) return;
    // A pod that has gone in this very moment answers nobody.
    world.servers.answer(ip).then(
      ({ version }) => answered(version),
      () => undefined,
    );
  }, 25);
  return {
    alive: () => pods.alive(),
    stop: async () => {
      clearInterval(timer);
      await pods.stop();
    },
  };
}
