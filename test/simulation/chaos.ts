import type { PodObject } from "../../src/workloads/slots/objects.ts";
import { disturbDeployment, scaleDeployment } from "./chaos-in-place.ts";
import { evicted } from "./cluster/pods.ts";
import type { Dice } from "./dice.ts";
import type { Fleet } from "./fleet.ts";
import { NAME, NAMESPACE } from "./names.ts";
import type { Oracle } from "./oracle/oracle.ts";
import { isInPlace } from "./setup.ts";
import { type Climate, drawClimate, fair, type SeededWeather } from "./weather.ts";
import type { World } from "./world.ts";

/** What may go wrong in one run, drawn from its seed. Each kind is there or not, so that no two runs are alike. */
export interface Chaos {
  readonly climate: Climate;
  /** Chance that a replica dies at an effect, before or after it. */
  readonly deadly: number;
  /** Seconds between two troubles of a kind; absent: none of them. */
  readonly alarms?: number;
  readonly pods?: number;
  readonly foreign?: number;
  readonly leaders?: number;
  readonly outages?: number;
  readonly clocks?: number;
  readonly autoscaler?: number;
  /** A tool that applies the whole manifest again, whatever stands there; it goes on in the calm. */
  readonly gitops?: number;
}

export function drawChaos(dice: Dice): Chaos {
  const kind = (probability: number): number | undefined =>
    dice.chance(probability) ? dice.pick([20, 45, 90]) : undefined;
  const drawn = {
    alarms: kind(0.6),
    pods: kind(0.35),
    foreign: kind(0.3),
    leaders: kind(0.4),
    outages: kind(0.35),
    clocks: kind(0.2),
    autoscaler: kind(0.25),
    gitops: dice.chance(0.3) ? dice.pick([2, 5, 20]) : undefined,
  };
  const present = Object.fromEntries(Object.entries(drawn).filter(([, every]) => every !== undefined));
  return {
    climate: dice.chance(0.75) ? drawClimate(dice) : fair,
    deadly: dice.chance(0.4) ? dice.pick([0.01, 0.05, 0.15]) : 0,
    ...present,
  };
}

export interface ChaosParts {
  readonly world: World;
  readonly weather: SeededWeather;
  readonly fleet: Fleet;
  readonly oracle: Oracle;
  readonly dice: Dice;
  readonly chaos: Chaos;
  /** Alarms that there are. */
  readonly alarms: readonly string[];
}

/** Makes the trouble of a run, and takes all of it back at the end. */
export class Trouble {
  readonly #parts: ChaosParts;
  readonly met = new Map<string, number>();
  #over = false;
  #gitops = (): void => {};

  constructor(parts: ChaosParts) {
    this.#parts = parts;
    const { oracle, dice, chaos } = parts;
    const reaper = dice.fork("reaper");
    oracle.deadly = () =>
      !this.#over && chaos.deadly > 0 && reaper.chance(chaos.deadly / 2) && this.#met("process dies");
    this.#often("alarms", chaos.alarms, (own) => this.#alarm(own));
    this.#often("pods", chaos.pods, (own) => this.#pod(own));
    this.#often("foreign", chaos.foreign, (own) => this.#foreign(own));
    this.#often("leaders", chaos.leaders, (own) => this.#leader(own));
    this.#often("outages", chaos.outages, (own) => this.#outage(own));
    this.#often("clocks", chaos.clocks, (own) => this.#clock(own));
    this.#often("autoscaler", chaos.autoscaler, (own) => this.#autoscale(own));
    const { hands, setup, timeline } = parts.world;
    if (chaos.gitops !== undefined && setup.way === "adopted")
      this.#gitops = timeline.every(chaos.gitops * 1_000, () => hands.deployment && hands.apply());
  }

  /** All is well again: nothing breaks any more, and what is broken mends. */
  end(): void {
    this.#over = true;
    const { world, weather, fleet, alarms } = this.#parts;
    const { setup } = world;
    // Without the policies it may take back a rollback for ever, quicker than pods start: a person stops it.
    if (!setup.policies) this.#gitops();
    weather.climate = fair;
    weather.outages.services.clear();
    weather.outages.hosts.clear();
    for (const { host } of fleet.replicas) {
      host.thaw();
      host.setSkew(0);
    }
    world.behaviours.clear();
    if (setup.way === "adopted") world.hands.scale(10);
    world.sick.clear();
    for (const name of alarms) {
      world.setAlarm(name, "OK");
      world.breakEvaluation(name, false);
    }
    for (const pod of world.server.etcd.list("pods")) world.kubelet.start(pod);
    world.story.tell("world", "all is well from here on");
  }

  #often(name: string, seconds: number | undefined, act: (dice: Dice) => void): void {
    if (seconds === undefined) return;
    const own = this.#parts.dice.fork(name);
    const again = (): void => {
      this.#parts.world.timeline.in(own.between(0.2, 1.8) * seconds * 1_000, () => {
        if (this.#over) return;
        act(own);
        again();
      });
    };
    again();
  }

  #met(what: string): true {
    this.met.set(what, (this.met.get(what) ?? 0) + 1);
    return true;
  }

  #tell(what: string): void {
    this.#met(what.split(":")[0] ?? what);
    this.#parts.world.story.tell("world", what);
  }

  #alarm(dice: Dice): void {
    const { world, alarms } = this.#parts;
    if (alarms.length === 0) return;
    const name = dice.pick(alarms);
    const state = dice.pick(["ALARM", "ALARM", "INSUFFICIENT_DATA", "flap", "vanish", "broken"] as const);
    this.#tell(`alarm ${state}: ${name}`);
    const back = (afterMs: number): void => {
      world.timeline.in(afterMs, () => {
        if (this.#over) return;
        world.setAlarm(name, "OK");
        world.breakEvaluation(name, false);
      });
    };
    if (state === "vanish") world.account.alarms.delete(name);
    else if (state === "broken") world.breakEvaluation(name, true);
    else world.setAlarm(name, state === "flap" ? "ALARM" : state);
    back(state === "flap" ? dice.between(50, 4_000) : dice.between(5_000, 90_000));
  }

  #pod(dice: Dice): void {
    const { world } = this.#parts;
    if (world.setup.way === "outside") return this.#destination(dice);
    const pods = world.server.etcd.list("pods") as readonly PodObject[];
    if (pods.length === 0) return;
    const pod = dice.pick(pods);
    const what = dice.pick(["evicted", "ended", "node lost", "sick", "not ready"] as const);
    this.#tell(`pod ${what}: ${pod.metadata.name}`);
    world.noteForeign(`pods are disturbed (${what})`);
    if (what === "not ready") return world.kubelet.falter(pod, dice.between(2_000, 30_000));
    if (what === "ended") return world.kubelet.end(pod);
    if (what === "evicted") {
      world.server.etcd.put("pods", `${NAMESPACE}/${pod.metadata.name}`, evicted(pod));
      world.timeline.in(60_000, () => world.kubelet.remove(pod));
      return;
    }
    const image = pod.metadata.annotations?.["image"] ?? "";
    if (what === "sick") {
      if (world.sick.has(image)) return;
      world.sick.add(image);
      world.timeline.in(dice.between(3_000, 40_000), () => world.sick.delete(image));
      return;
    }
    const { nodeName } = (pod as { spec?: { nodeName?: string } }).spec ?? {};
    for (const other of pods) {
      if ((other as { spec?: { nodeName?: string } }).spec?.nodeName === nodeName)
        world.kubelet.remove(other);
    }
  }

  /** All targets of a destination fail their health checks for a while. */
  #destination(dice: Dice): void {
    const { world } = this.#parts;
    const slot = dice.pick(["a", "b"]);
    this.#tell(`destination sick: ${slot}`);
    world.noteForeign(`the targets at ${slot} fail`);
    world.sick.add(slot);
    world.timeline.in(dice.between(3_000, 40_000), () => world.sick.delete(slot));
  }

  #foreign(dice: Dice): void {
    const { world } = this.#parts;
    if (isInPlace(world.setup)) return this.#tell(`foreign ${disturbDeployment(world, dice)}`);
    const slot = dice.pick(["a", "b"] as const);
    const { edge, server } = world;
    const path = `/apis/apps/v1/namespaces/${NAMESPACE}/deployments/${NAME}-${slot}`;
    const what = dice.pick(["weights", "weights", "reset", "scale", "delete", "label", "pods"] as const);
    this.#met(`foreign ${what}`);
    if (what === "weights") {
      const share = dice.pick([0, 5, 30, 50, 100]);
      world.noteForeign(`sets a rule to ${share}:${100 - share}`);
      return dice.pick(edge.targets).setWeights({ a: share, b: 100 - share });
    }
    if (what === "reset") {
      world.noteForeign("applies a file: all is on a again");
      return dice.pick(edge.targets).reset();
    }
    if (!server.peek(path)) return;
    world.noteForeign(`${what} of Deployment ${NAME}-${slot}`);
    if (what === "scale") server.patch(path, { spec: { replicas: dice.whole(0, 6) } }, "merge");
    else if (what === "delete") server.delete(path);
    else if (what === "label")
      server.patch(path, { metadata: { labels: { team: `t${dice.whole(1, 9)}` } } }, "merge");
    else server.patch(path, { metadata: { annotations: { restarted: String(dice.random()) } } }, "merge");
  }

  #leader(dice: Dice): void {
    const { fleet, world } = this.#parts;
    const victims = fleet.replicas.filter(({ host }) => host.state === "running");
    if (victims.length === 0) return;
    const replica = dice.chance(0.8) ? (fleet.leader ?? dice.pick(victims)) : dice.pick(victims);
    const { host } = replica;
    const what = dice.pick(["killed", "frozen", "terminated", "all killed"] as const);
    this.#tell(`replica ${what}: ${host.name}`);
    if (what === "killed") host.kill();
    else if (what === "all killed") for (const each of fleet.replicas) each.host.kill();
    else if (what === "terminated") fleet.terminate(replica);
    else {
      host.freeze();
      world.timeline.in(dice.between(500, 25_000), () => host.thaw());
    }
  }

  #outage(dice: Dice): void {
    const { weather, world, fleet } = this.#parts;
    const { services, hosts } = weather.outages;
    const lengthMs = dice.pick([2_000, 10_000, 40_000, 90_000]);
    const host = fleet.leader?.host.name;
    const what = dice.pick(["kubernetes", "elb", "cloudwatch", "host"] as const);
    this.#tell(`outage ${what}: ${what === "host" ? host : "all"} for ${lengthMs / 1_000} s`);
    if (what === "host") {
      if (host === undefined) return;
      hosts.add(host);
      world.timeline.in(lengthMs, () => hosts.delete(host));
      return;
    }
    services.add(what);
    world.timeline.in(lengthMs, () => services.delete(what));
  }

  #clock(dice: Dice): void {
    const { fleet } = this.#parts;
    if (fleet.replicas.length === 0) return;
    const { host } = dice.pick(fleet.replicas);
    const skew = dice.pick([-3_600_000, -60_000, -5_000, 5_000, 60_000, 3_600_000, 0]);
    this.#tell(`clock set: ${host.name} to ${skew / 1_000} s from the truth`);
    host.setSkew(skew);
  }

  #autoscale(dice: Dice): void {
    const { world } = this.#parts;
    if (world.setup.way === "adopted") return this.#tell(`autoscaler: ${scaleDeployment(world, dice)}`);
    const replicas = dice.whole(1, 6);
    this.#tell(`autoscaler: ${replicas} replicas`);
    world.noteForeign("the autoscaler changes replicas");
    world.edit((rollout) => ({ ...rollout, spec: { ...rollout.spec, replicas } }));
  }
}
