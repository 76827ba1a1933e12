import { apiVersion, kind, plural } from "../src/api/group.ts";
import type { ModelRollout, ModelRolloutSpec } from "../src/api/types.ts";
import { createStack, type Stack } from "../test/aws-simulator/fixtures.ts";
import { type ApiClient, ApiError, type KubeObject } from "../test/control-plane/api-client.ts";
import { eventually } from "../test/control-plane/eventually.ts";
import { type WatchedObjects, watchObjects } from "../test/target-binder/watched-objects.ts";
import type { Place } from "./place.ts";

/** A rollout of a fleet: its targets are outside of the cluster, so that thousands of them cost no pods. */
export type Member = {
  readonly name: string;
  readonly stack: Stack;
  /** Its CloudWatch alarm. */
  readonly alarm: string;
};

/** Many rollouts in one namespace, with a load balancer, a rule, two groups of two targets and an alarm each. */
export type Fleet = {
  readonly members: readonly Member[];
  /** As last seen by the watch. */
  latest(member: Member): ModelRollout | undefined;
  /** Members whose latest version satisfies the condition. */
  count(condition: (rollout: ModelRollout) => boolean): number;
  /** Adds rollouts (all traffic at a) until there are so many. Resolves when the API server has them all. */
  grow(size: number): Promise<void>;
  /**
   * Adds twins of the first member, in its very state, until there are so many: as if each had come there by itself.
   * No operator may run meanwhile; the next one finds them as after a restart. A thousand real beginnings would take
   * the operator's share of ELB requests a quarter of an hour.
   */
  multiply(size: number): Promise<void>;
  /** Names b as the destination, in a new version: a release. */
  release(members: readonly Member[], strategy?: Partial<ModelRolloutSpec["strategy"]>): Promise<void>;
  /** Waits until all members of the fleet satisfy the condition. */
  until(what: string, condition: (rollout: ModelRollout) => boolean, withinMs?: number): Promise<void>;
  stop(): Promise<void>;
};

/** Settled for its present spec, nothing retained. */
export function isIdle({ status, metadata }: ModelRollout): boolean {
  return (
    status?.state === "Idle" &&
    status.observedGeneration === metadata.generation &&
    status.retained === undefined
  );
}

/** A step is held, of the release of its present spec. */
export function isHolding({ status, metadata }: ModelRollout): boolean {
  return status?.state === "Holding" && status.observedGeneration === metadata.generation;
}

const namespace = "bench";
const path = `/apis/${apiVersion}/namespaces/${namespace}/${plural}`;
/** Requests to the API server under way at once while a fleet is made. */
const lanes = 16;
/** One step of a tenth, held for longer than any figure takes. */
const held: ModelRolloutSpec["strategy"] = {
  steps: [{ weight: 10, hold: "3h" }],
  stepTimeout: "3h",
  retain: "0s",
  drain: "0s",
};

/** A fleet of nobody, in the place's namespace. */
export async function openFleet({ client, simulator }: Place): Promise<Fleet> {
  const members: Member[] = [];
  const watched: WatchedObjects<ModelRollout & KubeObject> = await watchObjects(
    client,
    path,
    () => undefined,
  );
  let versions = 1;
  const latest = ({ name }: Member): ModelRollout | undefined => watched.byKey.get(`${namespace}/${name}`);
  const count: Fleet["count"] = (condition) =>
    members.filter((member) => {
      const rollout = latest(member);
      return rollout !== undefined && condition(rollout);
    }).length;
  return {
    members,
    latest,
    count,
    grow: async (size) => {
      const added = Array.from({ length: size - members.length }, (_, index) =>
        newMember(simulator, members.length + index),
      );
      await inLanes(added, async (member) => {
        await createOnce(client, path, manifestOf(member));
      });
      members.push(...added);
    },
    multiply: async (size) => {
      const [first] = members;
      const sample = first && latest(first);
      if (first === undefined || sample === undefined) throw new Error("nobody to make twins of");
      const share = simulator.elb.weights(first.stack.ruleArn)[first.stack.group("b")] ?? 0;
      const added = Array.from({ length: size - members.length }, (_, index) =>
        newMember(simulator, members.length + index),
      );
      await inLanes(added, async (member) => {
        const { stack, name } = member;
        simulator.elb.setWeights(stack.ruleArn, {
          [stack.group("a")]: 100 - share,
          [stack.group("b")]: share,
        });
        const twin = twinOf(
          sample,
          first,
          member,
          transitionOf(simulator, first),
          transitionOf(simulator, member),
        );
        await createOnce(client, path, twin);
        // A generation counts changes of the spec: this one has none behind it.
        const status = { ...twin.status, observedGeneration: 1 };
        await insist(async () => await client.patch(`${path}/${name}/status`, "merge", { status }));
      });
      members.push(...added);
    },
    release: async (released, strategy) => {
      const version = `v${++versions}`;
      await inLanes(released, async ({ name }) => {
        const spec = { destination: "b", model: { version }, ...(strategy && { strategy }) };
        await insist(async () => await client.patch(`${path}/${name}`, "merge", { spec }));
      });
    },
    until: async (what, condition, withinMs = 120_000) => {
      await eventually(`${members.length} rollouts: ${what}`, () => count(condition) === members.length, {
        withinMs,
        everyMs: 100,
      }).catch((error: unknown) => {
        const states = stateCounts(members.map(latest));
        throw new Error(`${String(error)}; they are ${JSON.stringify(states)}`);
      });
    },
    stop: async () => await watched.stop(),
  };
}

function newMember(simulator: Place["simulator"], index: number): Member {
  const name = `m${String(index).padStart(5, "0")}`;
  const stack = createStack(simulator, { name });
  for (const [group, net] of [
    ["a", "192.0"],
    ["b", "198.18"],
  ] as const) {
    const last = `${Math.floor(index / 250) % 250}.${(index % 250) + 1}`;
    const targets = [8080, 8081].map((port) => ({ id: `${net}.${last}`, port }));
    simulator.elb.registerTargets(stack.group(group), targets);
  }
  const alarm = `${name}-5xx`;
  simulator.alarms.put(alarm, { state: "OK" });
  return { name, stack, alarm };
}

function manifestOf({ name, stack, alarm }: Member): object {
  return {
    apiVersion,
    kind,
    metadata: { name, namespace },
    spec: {
      destination: "a",
      // The same for all: the revision is a hash of it, and twins share the first one's.
      model: { name: "bench", version: "v1" },
      traffic: {
        alb: {
          rules: [{ arn: stack.ruleArn }],
          targetGroups: { a: stack.group("a"), b: stack.group("b") },
        },
      },
      strategy: held,
      analysis: { alarms: [{ name: alarm }] },
    },
  };
}

/** Thousands of requests meet connections that the API server has just closed: those are sent again. */
async function insist<T>(send: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await send();
    } catch (error) {
      if (error instanceof ApiError || attempt === 5) throw error;
    }
  }
}

/** One that is there already was made by an attempt whose answer got lost. */
async function createOnce(client: ApiClient, path: string, object: object): Promise<void> {
  await insist(async () => await client.create(path, object)).catch((error: unknown) => {
    if (!(error instanceof ApiError) || error.reason !== "AlreadyExists") throw error;
  });
}

/** Does something with each, some at a time, in order. */
export async function inLanes<T>(all: readonly T[], work: (each: T) => Promise<void>): Promise<void> {
  const left = all.values();
  await Promise.all(
    Array.from({ length: lanes }, async () => {
      for (const each of left) await work(each);
    }),
  );
}

/** When the alarm came into its state, as a status has it. */
function transitionOf(simulator: Place["simulator"], { alarm }: Member): string {
  return new Date(simulator.alarms.get(alarm)?.transitionedAt ?? 0).toISOString();
}

/** A rollout with another name, targets and alarm; what the first one's status says of the alarm is said of its own. */
function twinOf(
  sample: ModelRollout,
  first: Member,
  member: Member,
  was: string,
  is: string,
): Pick<ModelRollout, "spec" | "status"> & { readonly metadata: object } {
  const { spec, status, metadata } = sample;
  const kept = { finalizers: metadata.finalizers };
  let text = JSON.stringify({ spec, status, apiVersion, kind, metadata: kept });
  const pairs = [
    [first.stack.ruleArn, member.stack.ruleArn],
    [first.stack.group("a"), member.stack.group("a")],
    [first.stack.group("b"), member.stack.group("b")],
    [first.alarm, member.alarm],
    [was, is],
  ] as const;
  for (const [from, to] of pairs) text = text.replaceAll(from, to);
  const twin = JSON.parse(text) as Pick<ModelRollout, "spec" | "status" | "metadata">;
  return { ...twin, metadata: { ...twin.metadata, name: member.name, namespace } };
}

function stateCounts(all: readonly (ModelRollout | undefined)[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const rollout of all) {
    const reason = rollout?.status?.conditions?.find(({ type }) => type === "Ready")?.reason;
    const state = `${rollout?.status?.state ?? "none"} ${reason ?? ""}`;
    counts[state] = (counts[state] ?? 0) + 1;
  }
  return counts;
}
