import { parseDuration } from "../../src/api/duration.ts";
import { annotations } from "../../src/api/group.ts";
import type { ModelRolloutSpec } from "../../src/api/types.ts";
import type { AccessProblem, Destination, RouterRefusal } from "../../src/core/observed.ts";
import { instant } from "../../src/core/time.ts";
import {
  deploymentHand,
  ownDeployment,
  podHand,
  setPolicies,
  standingDeployment,
} from "./in-place/commands.ts";
import { Narrator } from "./narrate.ts";
import { Operator } from "./operator.ts";
import { show } from "./show.ts";
import { editSpec, firstSpec, inPlaceSpec, ownSpec } from "./spec.ts";
import { editStatus } from "./status-edit.ts";
import { type Alarm, World, type WriteFault } from "./world.ts";

type Words = readonly string[];

/** One story's world, its operator, and the commands that people and the world give. */
export class Story {
  readonly world = new World();
  readonly narrator = new Narrator();
  readonly operator: Operator;
  #spec: ModelRolloutSpec = firstSpec();

  constructor() {
    this.operator = new Operator(this.world, (turn) => this.narrator.hear(turn));
  }

  /** Runs one line; returns what it printed. */
  run(line: string): readonly string[] {
    const [verb = "", ...words] = line.trim().split(/\s+/);
    const command = this.#commands[verb];
    if (!command) throw new Error(`no command ${verb}`);
    command(words);
    return this.narrator.take();
  }

  readonly #commands: Readonly<Record<string, (words: Words) => void>> = {
    /** What stands at the beginning, brought about without a word: `given stable v7`. */
    given: ([what, ...words]) => this.#given(what ?? "", words),
    apply: ([version]) => {
      this.#spec = { ...this.#spec, model: { name: "sentiment", version: version ?? "v1" } };
      this.#applied();
    },
    /** The ModelRollout of a Deployment is made, as the spec stands. */
    adopt: () => this.#applied(),
    deployment: (words) => {
      deploymentHand(this.world, words);
      this.operator.reconcile();
    },
    /** The same where nobody tells the operator: a Deployment without its label is not watched. */
    unseen: ([, ...words]) => deploymentHand(this.world, words),
    policies: (words) => {
      setPolicies(this.world, words);
      this.operator.reconcile();
    },
    /** What the next writes of the Deployment meet: `api conflict 2`, `api lost`, `api refused`. */
    api: ([kind, times]) => {
      const fault = kind as World["apiFaults"][number];
      this.world.apiFaults.push(...Array.from({ length: Number(times ?? 1) }, () => fault));
    },
    edit: ([key, ...values]) => {
      this.#spec = editSpec(this.#spec, key ?? "", values);
      if (this.world.rollout) this.#applied();
    },
    wait: ([duration]) => this.operator.wait(parseDuration(duration ?? "0s")),
    alarm: ([name, ...state]) => this.#alarm(name ?? "", state),
    weights: (words) => this.#weights(words),
    late: () => this.#late(),
    annotate: ([key, value]) => this.#annotate(key ?? "", value),
    pods: ([slot, what, count]) => this.#pods(slot as Destination, what ?? "", count),
    target: ([id, ...what]) => this.#target(id ?? "", what),
    health: (what) => {
      this.world.healthProblem = what[0] === "ok" ? undefined : problem(what, "DescribeTargetHealth");
      this.world.touch();
    },
    /** `write throttled 3`, or of one rule only: `write throttled@rule-2 3`. */
    write: ([what = "", times]) => {
      const [kind = "", only] = what.split("@");
      const fault = { kind: kind as WriteFault["kind"], ...(only === undefined ? {} : { only }) };
      this.world.writeFaults.push(...Array.from({ length: Number(times ?? 1) }, () => fault));
    },
    scaling: ([, times]) => {
      this.world.scaleFaults = Number(times ?? 1);
    },
    restart: () => {
      this.operator.restart();
      this.operator.reconcile();
    },
    clock: ([by]) => {
      const ms = by?.startsWith("-") ? -parseDuration(by.slice(1)) : parseDuration(by?.slice(1) ?? "0s");
      this.world.now += ms;
      this.operator.clockMoved(ms);
      this.world.touch();
      this.operator.reconcile();
    },
    rival: ([name]) => {
      this.world.rival = name === "none" ? undefined : name;
      this.world.touch();
      this.operator.reconcile();
    },
    delete: () => {
      const { rollout, now } = this.world;
      if (rollout) rollout.deletionTimestamp = instant(now);
      this.world.touch();
      this.operator.reconcile();
      this.#gone();
    },
    status: (words) => {
      const { rollout } = this.world;
      if (rollout) editStatus(rollout, words);
      this.world.touch();
      this.operator.reconcile();
    },
    show: (words) => {
      for (const text of show(this.world, this.operator, this.narrator, words)) this.narrator.add(text);
    },
  };

  #gone(): void {
    if (!this.world.rollout) this.narrator.add("the resource is gone");
  }

  #applied(): void {
    const { rollout } = this.world;
    if (rollout) {
      rollout.spec = this.#spec;
      rollout.generation += 1;
    } else this.world.create(this.#spec);
    this.world.touch();
    this.operator.reconcile();
  }

  #given(what: string, words: Words): void {
    const { world } = this;
    const slots: Readonly<Record<string, () => void>> = {
      stable: () => {
        this.run(`apply ${words[0]}`);
        this.run("wait 3m");
      },
      /** Stable at rest, and the next version held at its first step. */
      holding: () => {
        this.run(`apply ${words[0]}`);
        this.run("wait 3m");
        this.run(`apply ${words[1]}`);
        this.run("wait 1m");
      },
      /** The next version promoted, the one before retained. */
      retained: () => {
        this.run("edit steps 100:1m");
        this.run(`apply ${words[0]}`);
        this.run("wait 3m");
        this.run(`apply ${words[1]}`);
        this.run("wait 5m");
      },
      /** A Deployment, no rollout yet: `given deployment v7 10 surge=1 unavailable=0`. */
      deployment: () => {
        world.rolled = standingDeployment(world, words);
        this.#spec = inPlaceSpec(this.#spec);
      },
      /** The same, adopted and at rest. */
      adopted: () => {
        this.#given("deployment", words);
        this.run("adopt");
        this.run("wait 1m");
      },
      /** The next template held at its first step: `given held v7 v8 4`. */
      held: () => {
        const [stable = "", next = "", ...rest] = words;
        this.#given("adopted", [stable, ...rest]);
        this.run(`deployment image ${next}`);
        this.run("wait 3m");
      },
      /** The operator makes the Deployment: `given own v7 4`, settled; `given own` before anything is applied. */
      own: () => {
        const [version, replicas] = words;
        world.rolled = ownDeployment();
        this.#spec = ownSpec(this.#spec, Number(replicas ?? 4));
        if (version === undefined) return;
        this.run(`apply ${version}`);
        this.run("wait 3m");
      },
      policies: () => setPolicies(world, words),
      /** The Deployment controller is quicker than the operator. */
      hasty: () => {
        if (world.rolled) world.rolled.hasty = true;
      },
      rules: () => {
        world.rules = words.map((id) => ({ id, weights: { a: 100, b: 0 } }));
      },
      sticky: () => {
        for (const rule of world.rules) rule.stickySeconds = Number(words[0]);
      },
      strangers: () => {
        const [slot, count, health] = words;
        world.slots[slot as Destination].strangers = Array.from({ length: Number(count) }, (_, index) => ({
          ip: `192.168.${slot === "a" ? 1 : 2}.${index + 1}`,
          healthy: health !== "unhealthy",
        }));
      },
      /** A route of App Mesh instead of a rule: `given app-mesh a 0 b 0`. */
      "app-mesh": () => {
        world.targetless = true;
        world.rules = [{ id: "route-1", weights: { a: Number(words[1]), b: Number(words[3]) } }];
        const virtualNodes = { a: "sentiment-a", b: "sentiment-b" };
        const route = { meshName: "ai", virtualRouterName: "sentiment", routeName: "sentiment" };
        this.#spec = { ...this.#spec, traffic: { appMesh: { ...route, virtualNodes } } };
      },
      "no-workload": () => {
        world.hasWorkload = false;
        const { template: _t, selector: _s, replicas: _r, ...rest } = this.#spec;
        this.#spec = { ...rest, destination: words[0] ?? "b" };
      },
      foreign: () => {
        world.slots[words[0] as Destination].foreign = words.length > 1 ? [words.slice(1).join(" ")] : [];
      },
      binding: () => {
        const [slot, name] = words;
        if (name === "none") delete world.slots[slot as Destination].foreignBinding;
        else world.slots[slot as Destination].foreignBinding = name ?? "";
      },
      unsupported: () => {
        world.unsupported = words.join(" ");
      },
      template: () => {
        world.badTemplate = words[0] === "ok" ? undefined : words.join(" ");
      },
    };
    const set = slots[what];
    if (!set) throw new Error(`nothing given as ${what}`);
    set();
    world.touch();
  }

  #alarm(name: string, [state = "", ...rest]: Words): void {
    const alarm = this.world.alarm(name);
    const { missing: _m, problem: _p, broken: _b, ...sound } = alarm;
    const change = (to: Partial<Alarm>) => this.world.alarms.set(name, { ...sound, ...to });
    if (state === "missing") change({ missing: true });
    else if (state === "broken") change({ broken: rest[0] ?? "EVALUATION_ERROR" });
    else if (state === "window") change({ windowMs: parseDuration(rest[0] ?? "5m") });
    else if (state === "forgetful") change({ historyUnreadable: true });
    else if (state === "denied" || state === "throttled")
      change({ problem: problem([state], "DescribeAlarms") });
    else {
      change({});
      this.world.setAlarm(name, state as Alarm["state"]);
    }
    this.world.touch();
  }

  /** Somebody writes weights: `weights a 50 b 50`, or of one rule `weights rule-2 a 50 b 50`. */
  #weights(words: Words): void {
    const [id, values] = words[0]?.startsWith("rule") ? [words[0], words.slice(1)] : [undefined, words];
    const a = Number(values[1]);
    const b = Number(values[3]);
    for (const rule of this.world.rules) if (id === undefined || rule.id === id) rule.weights = { a, b };
    this.world.touch();
  }

  #late(): void {
    for (const { id, weights } of this.world.late.splice(0)) this.world.rule(id).weights = weights;
    this.world.touch();
  }

  #annotate(key: string, value: string | undefined): void {
    const { rollout } = this.world;
    if (!rollout) throw new Error("there is nothing to annotate");
    const name = annotations[key as keyof typeof annotations];
    if (value === undefined) delete rollout.annotations[name];
    else rollout.annotations[name] = value;
    this.world.touch();
    this.operator.reconcile();
  }

  #pods(destination: Destination, what: string, count: string | undefined): void {
    const { world } = this;
    if (world.rolled) {
      podHand(world, [destination, what, ...(count === undefined ? [] : [count])]);
      this.operator.reconcile();
      return;
    }
    const slot = world.slots[destination];
    const acts: Readonly<Record<string, () => void>> = {
      crash: () => {
        slot.broken = true;
        slot.trouble = "CrashLoopBackOff in container server";
      },
      unhealthy: () => {
        slot.unhealthy = true;
      },
      heal: () => {
        slot.broken = false;
        slot.unhealthy = false;
        delete slot.trouble;
      },
      /** So many pods go; the Deployment makes new ones. */
      kill: () => {
        const alive = slot.pods.filter(({ goneAt }) => goneAt === undefined);
        for (const pod of alive.slice(0, Number(count ?? alive.length)))
          pod.goneAt = world.monotonic + 10_000;
        world.scale(destination);
      },
      /** Somebody deletes the Deployment. */
      undeploy: () => {
        delete slot.deployment;
        world.scale(destination);
      },
      scale: () => {
        if (slot.deployment) slot.deployment.replicas = Number(count);
        world.scale(destination);
      },
    };
    acts[what]?.();
    world.touch();
    this.operator.reconcile();
  }

  #target(id: string, [kind = "", ...words]: Words): void {
    const rule = this.world.rule(id);
    delete rule.problem;
    delete rule.refusal;
    const refusals: Readonly<Record<string, RouterRefusal>> = {
      "third-group": "ThirdGroupHasWeight",
      "group-missing": "GroupMissing",
      "not-a-forward": "NotAForward",
      owned: "OwnedByAnother",
      "not-granted": "NotGranted",
      "sticky-targets": "StickyTargets",
    };
    const reason = refusals[kind];
    if (reason) rule.refusal = { reason, message: `${id}: ${kind} ${words.join(" ")}`.trim() };
    else if (kind !== "ok") rule.problem = problem([kind], `DescribeRules ${id}`);
    this.world.touch();
  }
}

function problem([kind = "unreachable"]: Words, call: string): AccessProblem {
  return { kind: kind as AccessProblem["kind"], message: `${call}: ${kind}` };
}
