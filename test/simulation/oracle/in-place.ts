import { isDeepStrictEqual } from "node:util";
import { labels } from "../../../src/api/group.ts";
import type { ModelRolloutStatus } from "../../../src/api/types.ts";
import { type InPlaceDeployment, settingsOf } from "../../../src/workloads/in-place/objects.ts";
import { isReady } from "../../../src/workloads/slots/pods.ts";
import type { Cluster } from "../../scenarios/deployment-controller/cluster.ts";
import type { Sync } from "../cluster/rolled.ts";
import { hashOf } from "../cluster/rolled-objects.ts";
import type { KubeWrite } from "../kube/port.ts";
import { DEPLOYMENT_PATH } from "../names.ts";
import { Evidence } from "./evidence.ts";
import type { Judge, JudgeOptions } from "./judge.ts";
import { least, mostOf, podsOfShare, reachOf, shareOf, sizeOf } from "./pod-shares.ts";
import { revisionOfTemplate } from "./revisions.ts";

const BRAKE_SECONDS = 2_147_483_646;
/** After somebody broke pods or got something past the operator, Ready pods may be missing for so long. */
const TROUBLED_MS = 90_000;

/** Pods of a Deployment that is rolled in place: judged at every sync of its controllers, and at every write of ours. */
export class InPlaceJudge implements Judge {
  readonly #options: JudgeOptions;
  readonly #evidence: Evidence;
  #before: InPlaceDeployment | undefined;

  constructor(options: JudgeOptions) {
    this.#options = options;
    this.#evidence = new Evidence(options);
    const { rolled } = options.world;
    if (rolled) rolled.onSync = (sync) => this.#synced(sync);
  }

  reaches(): void {
    this.#before = this.#options.world.hands.deployment;
  }

  applied({ path }: KubeWrite, what: string): void {
    if (!path.startsWith(DEPLOYMENT_PATH)) return;
    const { hands, rollout } = this.#options.world;
    const before = this.#before;
    const after = hands.deployment;
    if (!after || !before || isDeepStrictEqual(before.spec, after.spec)) return hands.answered();
    if (rollout?.status) this.#shaped(rollout.status, before, after, what);
    hands.answered();
  }

  sendingAws(): void {}

  reachesAws(): void {}

  appliedAws(): void {}

  /** I3, where all is reachable. */
  check(): void {
    const { world, reachable } = this.#options;
    const { rollout, hands } = world;
    const { canary, rollback } = rollout?.status ?? {};
    const { deployment } = hands;
    if (!reachable || !rollout || !canary || rollback || !deployment) return;
    if (deployment.metadata.labels?.[labels.released] === undefined) return;
    if (this.#revision(hashOf(deployment.spec.template)) === canary.revision)
      this.#evidence.stands(rollout, "b", "its template stands");
  }

  /** I2, I3, I4, I7: a write of ours to a Deployment whose template is not the stable one. */
  #shaped(
    status: ModelRolloutStatus,
    before: InPlaceDeployment,
    after: InPlaceDeployment,
    what: string,
  ): void {
    const { violated, world } = this.#options;
    const revision = this.#revision(hashOf(after.spec.template));
    if (after.spec.paused === true || isHome(status, revision) || !status.stable) return;
    if (revision === status.failedRevision) return violated("I7", `${what}: ${revision} failed and may run`);
    if (revision !== status.canary?.revision) return violated("I4", `${what}: ${revision} is no canary`);
    this.#reaches(status, after, what);
    if (!this.#raises(status, before, after)) return;
    if (status.intent?.action !== "SetWeights") violated("I4", `${what}: a raise without its intent`);
    if (world.rollout) this.#evidence.raised(world.rollout, "b", what);
  }

  /** The brake is on, and lets no more pods come than the share needs. */
  #reaches(status: ModelRolloutStatus, after: InPlaceDeployment, what: string): void {
    const { violated } = this.#options;
    const { minReadySeconds, maxUnavailable } = settingsOf(after);
    if (minReadySeconds !== BRAKE_SECONDS)
      return violated("I2", `${what}: the canary runs without the brake`);
    if (typeof maxUnavailable === "number")
      return violated("I2", `${what}: an absolute maxUnavailable: an autoscaler would finish the roll`);
    const reach = reachOf(after);
    const most = podsOfShare(shareOf(status), sizeOf(after));
    if (reach > most) violated("I2", `${what}: the canary may get ${reach} pods, where ${most} are allowed`);
  }

  #raises(status: ModelRolloutStatus, before: InPlaceDeployment, after: InPlaceDeployment): boolean {
    const canary = hashOf(after.spec.template);
    const made = this.#options.world
      .setsOf(after)
      .filter(({ metadata }) => metadata.labels?.["pod-template-hash"] === canary)
      .reduce((sum, { spec }) => sum + spec.replicas, 0);
    const acknowledged = podsOfShare(status.weight?.acknowledged ?? 0, sizeOf(after));
    if (reachOf(after) <= Math.max(made, status.intent ? 1 : 0, acknowledged)) return false;
    const stood =
      hashOf(before.spec.template) === canary && settingsOf(before).minReadySeconds === BRAKE_SECONDS;
    return !stood || reachOf(after) > reachOf(before);
  }

  /** What the controllers are about to make of what stands there. */
  #synced(sync: Sync): void {
    const { world } = this.#options;
    const { deployment } = sync.after;
    const { status } = world.rollout ?? {};
    if (!deployment || !status?.stable || status.beginning || world.hands.isLoose) return;
    this.#keepsToTheStep(status, sync, deployment.spec.replicas);
    if (!sync.scaled) this.#keepsCapacity(sync, deployment.spec.replicas);
  }

  /** I7, and never more of the new version than the step allows. */
  #keepsToTheStep(status: ModelRolloutStatus, sync: Sync, replicas: number): void {
    const { before, after, scaled } = sync;
    for (const template of new Set(after.sets.map((set) => set.template))) {
      const revision = this.#revision(template);
      const count = sizeOfSets(after, template);
      const was = sizeOfSets(before, template);
      if (isHome(status, revision) || count <= was) continue;
      // What somebody has started once is shared out like the rest until it is gone.
      if (scaled && was > 0 && this.#options.world.hands.hasStarted(template)) continue;
      const most =
        revision === status.canary?.revision && mayCome(status, sync, template)
          ? mostOf(status, template, sync, replicas)
          : 0;
      if (count > most)
        this.#options.violated(
          revision === status.failedRevision ? "I7" : "I2",
          `${count} pods of ${revision} are asked for, where ${most} are allowed: ${sizes(before)} -> ${sizes(after)}`,
        );
    }
  }

  /** I1: Ready pods are taken only as far as the limits allow. */
  #keepsCapacity({ before, after }: Sync, replicas: number): void {
    const { world, violated } = this.#options;
    if (world.timeline.now - world.lastForeignAt < TROUBLED_MS) return;
    const ready = this.#readyOf(before);
    const left = after.sets.reduce(
      (sum, { name, replicas: size }) => sum + Math.min(size, ready.get(name) ?? 0),
      0,
    );
    const had = before.sets.reduce(
      (sum, { name, replicas: size }) => sum + Math.min(size, ready.get(name) ?? 0),
      0,
    );
    const template = after.deployment?.spec.template ?? "";
    const { status = {} } = world.rollout ?? {};
    const isBack = isHome(status, this.#revision(template));
    const bound = least(world, replicas, isBack);
    if (left < had && left < bound)
      violated(
        "I1",
        `of ${had} Ready pods ${left} are left, of ${replicas}, with ${bound} at least: ${sizes(before)} -> ${sizes(after)}`,
      );
  }

  /** Ready pods by ReplicaSet, as the kubelets know them. */
  #readyOf({ pods }: Cluster): ReadonlyMap<string, number> {
    const { server } = this.#options.world;
    const alive = new Set(
      server.etcd
        .list("pods")
        .filter((pod) => isReady(pod))
        .map(({ metadata }) => metadata.name),
    );
    const ready = new Map<string, number>();
    for (const { name, set } of pods) if (alive.has(name)) ready.set(set, (ready.get(set) ?? 0) + 1);
    return ready;
  }

  #revision(template: string): string {
    return revisionOfTemplate(this.#options.world, template);
  }
}

/** Stable, or the one retained: a return to it need not be stored to be gone. */
function isHome({ stable, retained }: ModelRolloutStatus, revision: string): boolean {
  return revision === stable?.revision || revision === retained?.revision;
}

function sizeOfSets({ sets }: Cluster, template: string): number {
  return sets.reduce((sum, set) => sum + (set.template === template ? set.replicas : 0), 0);
}

/**
 * On the way back Kubernetes still shares out what an autoscaler adds, up to the share that was reached. And until its
 * patch is there, what the last one asked for may still come.
 */
function mayCome({ rollback }: ModelRolloutStatus, { after, scaled }: Sync, template: string): boolean {
  return rollback === undefined || scaled || after.deployment?.spec.template === template;
}

/** `v1-hash 5/5/4`: asked for, counted, counted as Ready. */
function sizes({ sets }: Cluster): string {
  return sets
    .map(({ name, replicas, status }) => `${name} ${replicas}/${status.replicas}/${status.readyReplicas}`)
    .join(", ");
}
