import type { ModelRollout, ModelRolloutStatus } from "../../../src/api/types.ts";
import type { Action } from "../../../src/core/action.ts";
import type { Observed, RolledDeployment, RollSettings } from "../../../src/core/observed.ts";
import type { Plan } from "../../../src/core/plan-data.ts";
import { millis } from "../../../src/core/time.ts";
import { type Cluster, readyPods } from "../deployment-controller/cluster.ts";
import { fail, fails, isEvidence, judging, passes } from "../evidence.ts";
import type { World } from "../world.ts";
import { type Rolled, settingsOf, type Turned } from "./rolled.ts";

type Shape = Extract<Action, { kind: "ShapeDeployment" }>;

const BRAKE = { minReadySeconds: 2_147_483_646, progressDeadlineSeconds: 2_147_483_647 };

const percentOf = (percent: string, replicas: number) => (Number.parseInt(percent, 10) * replicas) / 100;

/** Kubernetes' rounding: maxUnavailable down, maxSurge up, never both 0. */
function inPods(
  { maxUnavailable, maxSurge }: Pick<RollSettings, "maxUnavailable" | "maxSurge">,
  replicas: number,
): { unavailable: number; surge: number } {
  const unavailable =
    typeof maxUnavailable === "number" ? maxUnavailable : Math.floor(percentOf(maxUnavailable, replicas));
  const surge = typeof maxSurge === "number" ? maxSurge : Math.ceil(percentOf(maxSurge, replicas));
  return unavailable === 0 && surge === 0 ? { unavailable: 1, surge } : { unavailable, surge };
}

/** Pods of a share, rounded up; above 100 replicas less than one percent more, for what whole percents cannot say. */
const podsOf = (share: number, replicas: number) =>
  Math.ceil((share * replicas) / 100) + Math.max(0, Math.ceil(replicas / 100) - 1);

/** The largest share that the release has, or has asked for. */
function shareOf({ weight, intent }: ModelRolloutStatus): number {
  const asked = intent?.action === "SetWeights" ? (intent.weight ?? 0) : 0;
  return Math.max(weight?.acknowledged ?? 0, asked);
}

/** Pods asked for: one that is lost is made again, and that is no growth. */
const podsIn = ({ sets }: Cluster, template: string | undefined) =>
  sets.reduce((sum, set) => sum + (set.template === template ? set.replicas : 0), 0);

/** What must hold of a Deployment that is rolled in place, judged by an oracle that shares no code with src/core. */
export class InPlaceInvariants {
  readonly #world: World;

  constructor(world: World) {
    this.#world = world;
  }

  checkPlan(rollout: ModelRollout, observed: Observed, planned: Plan): void {
    const shapes = planned.actions.filter((action) => action.kind === "ShapeDeployment");
    const deployment = observed.inPlace?.deployment;
    if (shapes.length > 1) fail("one plan shapes the Deployment once", shapes);
    takesBack(rollout, observed, planned, shapes[0]);
    if (shapes[0] && deployment) shapesWithinBounds(rollout, observed, planned, shapes[0], deployment);
  }

  /** After every turn of the Deployment's controllers. */
  checkTurn(turned: Turned): void {
    const { rolled } = this.#world;
    const { deployment } = turned.after;
    // What somebody else's write started is not the operator's doing, until it has answered.
    if (!rolled || !deployment || rolled.foreign || rolled.anew) return;
    const { replicas } = deployment.spec;
    keepsCapacity(turned, replicas, this.#least(rolled, replicas));
    keepsToTheStep(this.#world.rollout?.status, turned, replicas);
  }

  /** I1: on the way back what `rollback.minAvailable` leaves, else what the user's own maxUnavailable does. */
  #least({ own, before }: Rolled, replicas: number): number {
    const { rollout } = this.#world;
    const { strategy, traffic } = rollout?.spec ?? {};
    const percent = Number.parseInt(strategy?.rollback?.minAvailable ?? "50%", 10);
    const back = replicas - Math.floor(((100 - percent) * replicas) / 100);
    const limits = [own, before].map((user) => {
      const { unavailable } = inPods({ ...user, ...traffic?.rollingUpdate }, replicas);
      return Math.max(0, replicas - unavailable);
    });
    const usual = Math.min(...limits);
    return rollout?.status?.rollback ? Math.min(usual, back) : usual;
  }

  /** I9: after the effects of a plan, at rest or gone. */
  checkRest(before: ModelRolloutStatus, planned: Plan): void {
    const { rolled, rollout } = this.#world;
    if (!rolled?.deployment || before.rival !== undefined) return;
    if (!rollout) this.#leavesNoTrace(before, rolled);
    else if (planned.actions.length === 0 && planned.requeueAfter !== 0) this.#rests(rolled, planned.status);
  }

  #rests(rolled: Rolled, { state, stable, canary, rollback, failedRevision }: ModelRolloutStatus): void {
    const { spec } = rolled.standing;
    if ((state !== "Idle" && state !== "RolledBack") || canary || rollback || !stable) return;
    if (![stable.revision, failedRevision].includes(spec.template))
      fail(`I9: at rest with template ${spec.template}`, spec);
    if (!restsAt(rolled, this.#world.rollout?.spec.replicas)) return;
    const paused = rolled.policies !== "present" || spec.template !== stable.revision;
    if (spec.paused !== paused) fail(`I9: at rest and paused is ${spec.paused}`, spec);
    if (rolled.held && !rolled.owned) fail("I9: at rest our entry stands in managedFields", spec);
    if (rolled.labels.released !== undefined)
      fail("I9: at rest the label of a release is there", rolled.labels);
    hasOwnSettings(rolled);
  }

  #leavesNoTrace({ stable }: ModelRolloutStatus, rolled: Rolled): void {
    const { spec } = rolled.standing;
    if (rolled.held || Object.keys(rolled.labels).length > 0)
      fail("I9: something of ours is left", rolled.labels);
    if (!stable) return;
    if (spec.template !== stable.revision) fail(`I9: left with template ${spec.template}`, spec);
    if (spec.paused) fail("I9: left paused", spec);
    hasOwnSettings(rolled);
  }
}

function shapesWithinBounds(
  rollout: ModelRollout,
  observed: Observed,
  planned: Plan,
  shape: Shape,
  deployment: RolledDeployment,
): void {
  keepsFailedOut(planned.status, deployment, shape);
  const template = shape.template ?? deployment.template;
  const settings = shape.settings ?? deployment.settings;
  if (template === planned.status.stable?.revision) return;
  if (shape.generation === undefined) fail("only a way back overwrites a spec that it has not seen", shape);
  if (shape.paused) return;
  isBraked(settings, shape);
  staysWithinTheStep(planned.status, deployment, settings, shape);
  raisesOnEvidence(rollout, observed, planned, shape);
  isStoredFirst(observed, planned, template);
}

/** The operator's own Deployment; false: its controller has not looked at it yet, which is no rest. */
function restsAt({ owned, standing }: Rolled, replicas: number | undefined): boolean {
  if (!owned) return true;
  const { spec, status, generation } = standing;
  if (spec.replicas !== replicas) fail("at rest, and not of the size asked for", spec);
  return status.observedGeneration >= generation;
}

/** Field by field as the user wrote them: before the release, or meanwhile. */
function hasOwnSettings({ standing, own, before }: Rolled): void {
  const found = settingsOf(standing.spec);
  const keys = Object.keys(own) as (keyof RollSettings)[];
  const same = [own, before].some((user) => keys.every((key) => user[key] === found[key]));
  if (!same) fail("I9: the settings are not the user's", { found, own, before });
}

/** I1: Ready pods are taken only as far as the limits allow. What an autoscaler takes is shared out by Kubernetes. */
function keepsCapacity({ before, after, scaled }: Turned, replicas: number, least: number): void {
  const ready = readyPods(after).length;
  if (ready < readyPods(before).length && ready < least && !scaled)
    fail(`I1: ${ready} Ready pods of ${replicas}, with ${least} at least`, pods(before, after));
}

/** I7, and never more of the new version than the step allows, whatever an autoscaler does. */
function keepsToTheStep(
  status: ModelRolloutStatus | undefined,
  { before, after, scaled }: Turned,
  replicas: number,
): void {
  if (!status?.stable) return;
  const { stable, canary, rollback } = status;
  const others = after.sets.map(({ template }) => template).filter((name) => name !== stable.revision);
  for (const template of new Set(others)) {
    // On the way back Kubernetes still shares out what an autoscaler adds, up to the share that was reached.
    const released = template === canary?.revision && (!rollback || scaled);
    const most = released ? mostOf(status, template, { before, after, scaled }, replicas) : 0;
    const count = podsIn(after, template);
    const grows = count > podsIn(before, template);
    if (count > most && (grows || (scaled && released && !rollback)))
      fail(`${count} pods of ${template}, where ${most} are allowed`, pods(before, after));
  }
}

/** A share that was rounded up for few pods, or is the surge of one, Kubernetes shares out as it finds it. */
function mostOf(
  status: ModelRolloutStatus,
  template: string,
  { before, after, scaled }: Pick<Turned, "before" | "after" | "scaled">,
  replicas: number,
): number {
  const allowed = podsOf(shareOf(status), replicas);
  return scaled ? Math.max(allowed, sharedOut(template, before, after)) : allowed;
}

/** Pods of a version that are the same share of all as before, rounded up. */
function sharedOut(template: string, before: Cluster, after: Cluster): number {
  const all = ({ sets }: Cluster): number => sets.reduce((sum, { replicas }) => sum + replicas, 0);
  return all(before) === 0 ? 0 : Math.ceil((podsIn(before, template) * all(after)) / all(before)) + 1;
}

function pods(before: Cluster, after: Cluster): unknown {
  const of = ({ sets, deployment }: Cluster) => [
    deployment?.spec,
    sets.map(({ template, replicas, status }) => [template, replicas, status.readyReplicas]),
  ];
  return { before: of(before), after: of(after) };
}

function isBraked(
  { minReadySeconds, progressDeadlineSeconds, maxUnavailable }: RollSettings,
  shape: Shape,
): void {
  const on =
    minReadySeconds === BRAKE.minReadySeconds && progressDeadlineSeconds === BRAKE.progressDeadlineSeconds;
  if (!on) fail("a template that is not stable runs without the brake", shape);
  if (typeof maxUnavailable === "number")
    fail("an absolute maxUnavailable: an autoscaler would finish the roll", shape);
}

const reach = (settings: RollSettings, replicas: number) => {
  const { unavailable, surge } = inPods(settings, replicas);
  return unavailable + surge;
};

function staysWithinTheStep(
  status: ModelRolloutStatus,
  { replicas }: RolledDeployment,
  settings: RollSettings,
  shape: Shape,
): void {
  const most = podsOf(shareOf(status), replicas);
  if (reach(settings, replicas) > most)
    fail(`the canary may get ${reach(settings, replicas)} pods, where ${most} are allowed`, shape);
}

/** I2: more pods of the canary than were acknowledged, or than the spec that stands allows, only on evidence. */
function raisesOnEvidence(rollout: ModelRollout, observed: Observed, planned: Plan, shape: Shape): void {
  const { status } = planned;
  if (status.rollback || !raises(observed, status, shape, rollout.status?.intent !== undefined)) return;
  if (shape.raise !== true) fail("I2: more pods of the canary, and not as a raise", shape);
  if (status.intent?.action !== "SetWeights") fail("I4: a raise without its intent", shape);
  if (rollout.spec.paused === true) fail("I2: raised although spec.paused is true", shape);
  const since = Math.max(millis(status.releaseStartedAt) ?? 0, millis(status.weight?.acknowledgedAt) ?? 0);
  for (const { read, onInsufficientData } of judging({ ...rollout, status }, observed)) {
    if (!passes(read, onInsufficientData)) fail("I2: raised while an alarm is not read as passing", read);
    if (!isEvidence(read, since, observed)) fail("I2: raised on a read that is no fresh evidence", read);
  }
}

function raises(
  { inPlace }: Observed,
  { canary, weight }: ModelRolloutStatus,
  { settings }: Shape,
  underWay: boolean,
): boolean {
  const deployment = inPlace?.deployment;
  if (!deployment) return false;
  const { replicas } = deployment;
  const wanted = reach(settings ?? deployment.settings, replicas);
  const made = inPlace.sets.find(({ revision }) => revision === canary?.revision)?.wanted ?? 0;
  // Kubernetes takes no pace of nothing at all: one pod stands for a raise that is under way.
  if (wanted <= Math.max(made, underWay ? 1 : 0, podsOf(weight?.acknowledged ?? 0, replicas))) return false;
  const braked = deployment.settings.minReadySeconds === BRAKE.minReadySeconds;
  const stands = deployment.template === canary?.revision && braked;
  return !stands || wanted > reach(deployment.settings, replicas);
}

/** I3: with a failing verdict the stable template is written in that very plan, unless it stands there. */
function takesBack(
  rollout: ModelRollout,
  observed: Observed,
  { status, actions }: Plan,
  shape: Shape | undefined,
): void {
  const deployment = observed.inPlace?.deployment;
  if (!deployment || !isSuspect(rollout, observed.now) || !judging(rollout, observed).some(fails)) return;
  if (!status.rollback && !hasEnded(rollout, status))
    fail(`I3: an alarm fails and no way back began (${status.state})`, status);
  if ((shape?.template ?? deployment.template) !== status.stable?.revision)
    fail("I3: an alarm fails and the stable template is not written", actions);
}

const hasEnded = ({ status }: ModelRollout, after: ModelRolloutStatus) =>
  (after.history?.length ?? 0) > (status?.history?.length ?? 0);

/** A version runs that alarms may take back, and is not on its way back already. */
function isSuspect({ status, metadata }: ModelRollout, now: number): boolean {
  if (status?.rollback || metadata.deletionTimestamp !== undefined) return false;
  return status?.canary !== undefined || (millis(status?.retained?.until) ?? 0) > now;
}

/** I7. */
function keepsFailedOut(
  { failedRevision }: ModelRolloutStatus,
  { template }: RolledDeployment,
  shape: Shape,
): void {
  if (failedRevision === undefined || shape.paused) return;
  if ((shape.template ?? template) === failedRevision)
    fail(`I7: ${failedRevision} failed and may run`, shape);
}

/** What a recovery needs is stored before the first effect. */
function isStoredFirst({ storedRevisions }: Observed, { actions, status }: Plan, template: string): void {
  const stored = actions.flatMap((action) => (action.kind === "StoreRevision" ? [action.revision] : []));
  for (const revision of [template, status.stable?.revision ?? ""]) {
    if (![...storedRevisions, ...stored].includes(revision))
      fail(`I4: ${revision} is not stored and the Deployment is shaped`, actions);
  }
}
