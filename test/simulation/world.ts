import { apiVersion, kind } from "../../src/api/group.ts";
import type { ModelRollout, ModelRolloutSpec } from "../../src/api/types.ts";
import type { KubeObject } from "../../src/runtime/kube-object.ts";
import type { DeploymentObject, PodObject } from "../../src/workloads/slots/objects.ts";
import { isReady } from "../../src/workloads/slots/pods.ts";
import { Account } from "./aws/account.ts";
import { type Edge, makeRoute, makeRules, noEdge } from "./aws/edge.ts";
import { startBinder } from "./cluster/binder.ts";
import { Deployments } from "./cluster/deployments.ts";
import type { ClusterOptions, Kubelet } from "./cluster/kubelet.ts";
import type { Behaviour } from "./cluster/pods.ts";
import { RolledDeployments } from "./cluster/rolled.ts";
import type { PodSet } from "./cluster/rolled-objects.ts";
import type { Dice } from "./dice.ts";
import { Hands } from "./hands.ts";
import { installPolicies } from "./kube/policies.ts";
import { ApiServer } from "./kube/server.ts";
import { DEPLOYMENTS_PATH, NAME, NAMESPACE, ROLLOUT_PATH, ROLLOUTS_PATH } from "./names.ts";
import { isInPlace, type Setup } from "./setup.ts";
import type { Story } from "./story.ts";
import type { Timeline } from "./timeline.ts";

export type RolloutObject = ModelRollout & { readonly kind?: string };

export interface WorldParts {
  readonly timeline: Timeline;
  readonly story: Story;
  readonly dice: Dice;
  /** How long a pod takes from its creation to Ready, at most. */
  readonly podStartMs: number;
  readonly setup: Setup;
}

/** Everything outside the operator: a cluster, an AWS account, and one rollout's place in both. */
export class World {
  readonly timeline: Timeline;
  readonly story: Story;
  readonly server: ApiServer;
  readonly account: Account;
  readonly setup: Setup;
  readonly kubelet: Kubelet;
  readonly edge: Edge;
  /** In place: the controllers of the Deployment. */
  readonly rolled?: RolledDeployments;
  /** In place: whoever else writes the Deployment. */
  readonly hands: Hands;
  /** By image; what is not in it behaves well. */
  readonly behaviours = new Map<string, Partial<Behaviour>>();
  /** Images, and destinations outside, that fail their health checks although they run. */
  readonly sick = new Set<string>();
  /** Rollbacks that were written although their intent was not stored. */
  unstoredRollbacks = 0;
  readonly #alarms = new Map<string, AlarmPast>();
  readonly #foreign: { at: number; what: string }[] = [];

  constructor({ timeline, story, dice, podStartMs, setup }: WorldParts) {
    this.setup = setup;
    this.timeline = timeline;
    this.story = story;
    this.server = new ApiServer(() => timeline.wall);
    this.account = new Account(timeline);
    const kubelet = dice.fork("kubelet");
    const cluster: ClusterOptions = {
      server: this.server,
      timeline,
      dice: dice.fork("deployments"),
      behaviourOf: (image) => ({
        startMs: () => kubelet.between(500, podStartMs),
        stopMs: () => kubelet.between(200, 4_000),
        crashes: false,
        ...this.behaviours.get(image),
      }),
      crashed: (name) => this.noteForeign(`pod ${name} crashes`),
    };
    if (isInPlace(setup)) {
      this.rolled = new RolledDeployments(cluster);
      this.kubelet = this.rolled.kubelet;
      this.edge = noEdge;
      if (setup.policies) installPolicies(this.server);
    } else {
      this.kubelet = new Deployments(cluster).kubelet;
      startBinder({ server: this.server, account: this.account, timeline, dice: dice.fork("binder") });
      this.edge = setup.way === "mesh" ? makeRoute(this.account, NAME) : makeRules(this.account, NAME, setup);
      if (setup.way === "outside") this.#registerTargets();
    }
    this.hands = new Hands(this);
    this.account.setProbe(({ id }) => this.#answers(id));
  }

  get rollout(): RolloutObject | undefined {
    return this.server.peek(ROLLOUT_PATH) as RolloutObject | undefined;
  }

  deployment(slot: "a" | "b"): DeploymentObject | undefined {
    return this.server.peek(`${DEPLOYMENTS_PATH}/${NAME}-${slot}`) as DeploymentObject | undefined;
  }

  /** ReplicaSets of a Deployment that is rolled in place. */
  setsOf(deployment: KubeObject): readonly PodSet[] {
    return this.rolled?.setsOf(deployment) ?? [];
  }

  create(spec: ModelRolloutSpec): void {
    this.server.create(ROLLOUTS_PATH, {
      apiVersion,
      kind,
      metadata: { name: NAME, namespace: NAMESPACE },
      spec,
    });
  }

  /** A person's or a tool's own change of the rollout; `false` when there is none to change. */
  edit(change: (rollout: RolloutObject) => RolloutObject): boolean {
    const { rollout } = this;
    if (!rollout || rollout.metadata.deletionTimestamp !== undefined) return false;
    this.server.replace(ROLLOUT_PATH, change(rollout));
    return true;
  }

  annotate(annotations: Readonly<Record<string, string>>): boolean {
    return this.edit((rollout) => ({
      ...rollout,
      metadata: { ...rollout.metadata, annotations: { ...rollout.metadata.annotations, ...annotations } },
    }));
  }

  /** Shares in percent at each rule or route, as a load balancer would choose. */
  shares(): readonly { readonly a: number; readonly b: number }[] {
    return this.edge.targets.map((target) => {
      const { a, b } = target.weights();
      return a + b === 0 ? { a, b } : { a: (100 * a) / (a + b), b: (100 * b) / (a + b) };
    });
  }

  /** The largest of them for a slot. */
  shareOf(slot: "a" | "b"): number {
    return Math.max(0, ...this.shares().map((share) => share[slot]));
  }

  /** Pods of a slot that a load balancer sends requests to. */
  serving(slot: "a" | "b"): number {
    const { groups } = this.edge;
    if (this.setup.way === "outside") return groups ? this.account.healthyOf(groups[slot]).size : 0;
    const deployment = this.deployment(slot);
    if (!deployment) return 0;
    const ready = this.kubelet.podsOf(deployment).filter(isReady);
    const group = groups?.[slot];
    if (group === undefined) return ready.length;
    const healthy = this.account.healthyOf(group);
    return ready.filter((pod) => healthy.has(pod.status?.podIP ?? "")).length;
  }

  /** Counts whatever may have changed who gets requests, but health checks. */
  get changes(): number {
    return this.server.etcd.version + this.account.writes;
  }

  /** Puts an alarm into a state and remembers it. */
  setAlarm(name: string, state: AlarmPast["state"]): void {
    if (this.account.alarms.get(name)) this.account.alarms.set(name, state);
    else this.account.alarms.put(name, { state });
    const past = this.#alarms.get(name) ?? { state: "OK", past: [] };
    if (past.state === state && past.past.length > 0) return;
    past.state = state;
    past.past.push({ at: this.timeline.now, state });
    this.#alarms.set(name, past);
  }

  /** CloudWatch fails to evaluate an alarm, or does so again; its state stands as it is. */
  breakEvaluation(name: string, broken: boolean): void {
    const { alarms } = this.account;
    if (alarms.get(name)) alarms.setEvaluationState(name, broken ? "EVALUATION_ERROR" : undefined);
  }

  /** True when the alarm was in ALARM at every instant of the last `ms`. */
  hasFiredFor(name: string, ms: number): boolean {
    const past = this.#alarms.get(name);
    return past?.state === "ALARM" && this.timeline.now - (past.past.at(-1)?.at ?? Infinity) >= ms;
  }

  /** True when the alarm came into ALARM between two instants. */
  hasFiredBetween(name: string, from: number, to: number): boolean {
    const past = this.#alarms.get(name)?.past ?? [];
    return past.some(({ at, state }) => state === "ALARM" && at > from && at < to);
  }

  /** Somebody else has changed something that the operator looks after. */
  noteForeign(what: string): void {
    this.story.tell("somebody", what);
    this.#foreign.push({ at: this.timeline.now, what });
  }

  /** When somebody else last changed something; -Infinity for never. */
  get lastForeignAt(): number {
    return this.#foreign.at(-1)?.at ?? -Infinity;
  }

  /** What serves without the operator: two machines for each destination. */
  #registerTargets(): void {
    for (const [index, slot] of (["a", "b"] as const).entries()) {
      const group = this.edge.groups?.[slot] ?? "";
      this.account.elb.registerTargets(group, [
        { id: `${OUTSIDE}${index}.1` },
        { id: `${OUTSIDE}${index}.2` },
      ]);
    }
  }

  #answers(ip: string): boolean {
    if (ip.startsWith(OUTSIDE)) return !this.sick.has(ip.startsWith(`${OUTSIDE}0`) ? "a" : "b");
    const pods = this.server.etcd.list("pods") as readonly PodObject[];
    const pod = pods.find(({ status }) => status?.podIP === ip);
    return pod !== undefined && isReady(pod) && !this.sick.has(pod.metadata.annotations?.["image"] ?? "");
  }
}

/** Addresses of targets that others have registered. */
const OUTSIDE = "10.1.";

interface AlarmPast {
  state: "OK" | "ALARM" | "INSUFFICIENT_DATA";
  past: { readonly at: number; readonly state: string }[];
}
