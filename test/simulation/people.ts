import { annotations } from "../../src/api/group.ts";
import { KubeError } from "../../src/runtime/kube-error.ts";
import type { Dice } from "./dice.ts";
import { ROLLOUT_PATH } from "./names.ts";
import { drawSettings, drawWish, imageOf, specOf, type Wish } from "./spec.ts";
import type { RolloutObject, World } from "./world.ts";

/** The people around one rollout: what they release, and how they interfere. */
export class People {
  readonly #world: World;
  readonly #dice: Dice;
  /** How often they meddle, in seconds. */
  readonly #pace: readonly [number, number];
  #wish: Wish;
  #versions = 1;
  #stopped = false;
  #deleted = false;

  constructor(world: World, dice: Dice, pace: readonly [number, number]) {
    this.#world = world;
    this.#dice = dice;
    this.#pace = pace;
    this.#wish = drawWish(dice, "v1", world);
  }

  /** True when they have deleted the rollout. */
  get deleted(): boolean {
    return this.#deleted;
  }

  get wish(): Wish {
    return this.#wish;
  }

  get #adopted(): boolean {
    return this.#world.setup.way === "adopted";
  }

  start(): void {
    const { timeline, story, hands } = this.#world;
    for (const { name } of this.#wish.alarms) this.#world.setAlarm(name, "OK");
    const { version, replicas } = this.#wish;
    if (this.#adopted) hands.create({ version, replicas, settings: drawSettings(this.#dice) });
    timeline.in(this.#dice.between(0, 3_000), () => {
      story.tell("people", `create ${describe(this.#wish)}`);
      this.#world.create(specOf(this.#wish, this.#world));
    });
    timeline.in(this.#dice.between(35_000, 70_000), () => this.#goOn());
  }

  /** They stop having ideas of their own. */
  stop(): void {
    this.#stopped = true;
    if (this.#wish.paused === true) this.#edit({ paused: false });
  }

  /** What a patient person does to bring a release to its end. */
  tidyUp(): void {
    const { rollout, hands } = this.#world;
    if (this.#adopted && !hands.deployment) return hands.apply();
    const { awaiting, state, conditions } = rollout?.status ?? {};
    const told = conditions?.find(({ type }) => type === "Ready")?.message ?? "";
    if (awaiting !== undefined) this.#annotate("approve", awaiting);
    else if (told.includes("kubectl rollout resume")) hands.pause(false);
    else if (rollout && state === "Blocked") this.#unblock(rollout);
  }

  #unblock({ status, metadata }: RolloutObject): void {
    const { release = "", conditions = [] } = status ?? {};
    const reason = conditions.find(({ type }) => type === "Ready")?.reason;
    if (reason === "TemplateInvalid") return this.#edit({ version: "mended" });
    if (reason === "SplitAtFirstSight") return this.#unsplit();
    if (metadata.annotations?.[annotations.retry] !== release) this.#annotate("retry", release);
  }

  #unsplit(): void {
    for (const target of this.#world.edge.targets) target.setWeights({ a: 100, b: 0 });
  }

  #goOn(): void {
    if (this.#stopped) return;
    this.#act();
    const [from, to] = this.#pace;
    this.#world.timeline.in(this.#dice.between(from * 1_000, to * 1_000), () => this.#goOn());
  }

  #act(): void {
    const status = this.#world.rollout?.status;
    const idle = status?.state === "Idle" || status?.state === "RolledBack" || status?.state === "Blocked";
    if (idle && this.#dice.chance(0.8)) return this.#release();
    if (status?.awaiting !== undefined && this.#dice.chance(0.7))
      return this.#annotate("approve", status.awaiting);
    this.#dice.pick(this.#acts(status?.release ?? "none"))();
  }

  /** What people do when they have no release to wait for. */
  #acts(release: string): readonly (() => void)[] {
    return [
      () => this.#annotate("abort", release),
      () => this.#annotate("promote", release),
      () => this.#annotate("retry", release),
      () => this.#annotate("overrideAlarms", release),
      () => this.#annotate("approve", `${release}/1`),
      () => this.#release(),
      () => this.#revert(),
      () => this.#edit({ replicas: this.#dice.whole(1, 5) }),
      ...(this.#adopted ? this.#deploymentActs : []),
      () => this.#edit({ steps: drawWish(this.#dice, "x", this.#world).steps }),
      () => this.#edit({ paused: this.#wish.paused !== true }),
      () => this.#edit({ drain: this.#dice.pick(["5s", "15s", "30s"]) }),
      () => this.#edit({}),
      () => this.#maybeDelete(),
    ];
  }

  /** A new version, good or not. */
  #release(): void {
    this.#versions += 1;
    const version = `v${this.#versions}`;
    const dice = this.#dice;
    const image = imageOf(version);
    const kind = dice.chance(0.45) ? "good" : dice.pick(troubles);
    if (kind === "crashes") this.#world.behaviours.set(image, { crashes: true });
    if (kind === "slow") this.#world.behaviours.set(image, { startMs: () => dice.between(20_000, 90_000) });
    if (kind === "crashes later")
      this.#world.behaviours.set(image, { livesMs: () => dice.between(1_000, 60_000) });
    if (kind === "sick") this.#world.sick.add(image);
    this.#ask(kind === "refused" ? `!${version}` : version, dice.chance(0.7));
  }

  /** A version, in the rollout or, where it is adopted, in the Deployment: by its manifest or by hand. */
  #ask(version: string, byManifest: boolean): void {
    if (this.#world.setup.way === "outside") return this.#turn(version);
    if (!this.#adopted) return this.#edit({ version });
    const { hands } = this.#world;
    this.#world.story.tell("people", `${byManifest ? "apply" : "set image"} ${version}`);
    if (byManifest) hands.apply(version);
    else hands.setImage(version);
  }

  /** Outside a version lies at the one destination or the other. */
  #turn(version: string): void {
    const { slot = "a" } = this.#world.rollout?.status?.stable ?? {};
    const destination = this.#dice.chance(0.8) ? (slot === "a" ? "b" : "a") : slot;
    this.#edit({ version: version.replace("!", "x"), destination });
  }

  /** What people do to a Deployment of their own. */
  get #deploymentActs(): readonly (() => void)[] {
    const { hands } = this.#world;
    return [
      () => hands.restart(),
      () => hands.undo(),
      () => hands.apply(),
      () => hands.set(drawSettings(this.#dice)),
    ];
  }

  /** Back to the version that is stable now. */
  #revert(): void {
    const version = this.#world.rollout?.status?.stable?.modelVersion;
    const slot = this.#world.rollout?.status?.stable?.slot;
    if (this.#world.setup.way === "outside" && slot !== undefined)
      return this.#edit({ destination: slot, ...(version === undefined ? {} : { version }) });
    if (version !== undefined) this.#ask(version, true);
  }

  #maybeDelete(): void {
    if (!this.#dice.chance(0.3) || this.#deleted || !this.#world.rollout) return;
    this.#deleted = true;
    this.#world.story.tell("people", "delete the rollout");
    this.#world.server.delete(ROLLOUT_PATH);
  }

  #edit(change: Partial<Wish>): void {
    const before = this.#wish;
    this.#wish = { ...before, ...change };
    const spec = specOf(this.#wish, this.#world);
    this.#world.story.tell("people", `apply ${describe(this.#wish)}`);
    if (!tryTo(() => this.#world.edit((rollout) => ({ ...rollout, spec })))) this.#wish = before;
  }

  #annotate(what: keyof typeof annotations, value: string): void {
    this.#world.story.tell("people", `${what} ${value}`);
    this.#world.annotate({ [annotations[what]]: value });
  }
}

/** What may be wrong with a version. */
const troubles = ["crashes", "crashes later", "slow", "sick", "refused"] as const;

/** False when the API server refuses. */
function tryTo(act: () => unknown): boolean {
  try {
    act();
    return true;
  } catch (error) {
    if (!(error instanceof KubeError)) throw error;
    return false;
  }
}

function describe({ version, replicas, steps, alarms, paused }: Wish): string {
  const ladder = steps.map(
    ({ weight, hold, approval }) => `${weight}:${hold}${approval === true ? "!" : ""}`,
  );
  const names = alarms.map(({ name, onAlarm }) => (onAlarm ? `${name}:${onAlarm}` : name));
  return `${version} x${replicas} steps ${ladder.join(" ")} alarms ${names.join(" ") || "-"}${paused === true ? " paused" : ""}`;
}
