import { apiVersion, kind, plural } from "../../src/api/group.ts";
import type { ModelRollout, ModelRolloutSpec } from "../../src/api/types.ts";
import { createRandom } from "../aws-simulator/random.ts";
import { eventually } from "../control-plane/eventually.ts";
import type { Rollout } from "../world/rollouts.ts";
import type { World } from "../world/world.ts";
import { deploymentOf } from "./in-place-world.ts";

/** Many rollouts that are released again and again, one version in five a bad one. */
export type Fleet = {
  /** Releases the next version of one that is at rest; does nothing when none is, or the API server is away. */
  releaseOne(): Promise<void>;
  /** Those whose last release is not over: a line each. */
  unfinished(): readonly string[];
  summary(): string;
};

type Member = {
  readonly name: string;
  readonly rollout: Pick<Rollout, "latest" | "name">;
  readonly apply: (version: string) => Promise<void>;
  version: number;
  bad: boolean;
  /** When its last release began, milliseconds of the monotonic clock. */
  since: number;
  over: boolean;
};

const badShare = 0.2;
const strategy: ModelRolloutSpec["strategy"] = {
  steps: [{ weight: 50, hold: "5s" }],
  retain: "2s",
  drain: "1s",
  stepTimeout: "10m",
};
const quick = { "modelrollout.dev/test-shutdown-delay": "200ms" };

/** Makes `count` rollouts, so many of them behind a load balancer, and waits until their first versions are stable. */
export async function makeFleet(world: World, count: number, behindLoadBalancer: number): Promise<Fleet> {
  const random = createRandom(11);
  const members: Member[] = [];
  for (let index = 0; index < count; index += 1) {
    const name = `soak-${index}`;
    world.simulator.alarms.put(`${name}-5xx`, { state: "OK" });
    const made = index < behindLoadBalancer ? await routed(world, name) : inPlace(world, name);
    members.push({ name, ...made, version: 1, bad: false, since: 0, over: true });
  }
  // In bunches, as people would hardly make them at once.
  for (let from = 0; from < count; from += 10) {
    await Promise.all(members.slice(from, from + 10).map(async ({ apply }) => await apply("v1")));
  }
  await eventually(
    "every first version is stable",
    () => members.every(({ rollout }) => isStable(rollout.latest, "v1")),
    { withinMs: 600_000, everyMs: 500 },
  );
  const tally = { begun: 0, promoted: 0, rolledBack: 0, longest: 0 };
  const look = (member: Member): void => {
    if (member.over) return;
    const { exposed, back, stable } = seenOf(member);
    if (member.bad && exposed) world.simulator.alarms.set(`${member.name}-5xx`, "ALARM");
    if (!back && !stable) return;
    member.over = true;
    tally[back ? "rolledBack" : "promoted"] += 1;
    tally.longest = Math.max(tally.longest, Math.round((performance.now() - member.since) / 1_000));
    world.simulator.alarms.set(`${member.name}-5xx`, "OK");
  };
  setInterval(() => members.forEach(look), 250).unref();
  return {
    releaseOne: async () => {
      const resting = members.filter(({ over }) => over);
      const member = resting[Math.floor(random() * resting.length)];
      if (member === undefined) return;
      member.over = false;
      member.version += 1;
      member.bad = random() < badShare;
      member.since = performance.now();
      try {
        await member.apply(`v${member.version}`);
        tally.begun += 1;
      } catch {
        // The API server is away. Whether it was stored is not known: the same version once more, later.
        member.version -= 1;
        member.over = true;
      }
    },
    unfinished: () =>
      members
        .filter(({ over }) => !over)
        .map(({ name, version, bad, rollout }) => {
          const { status } = rollout.latest ?? {};
          const why = status?.conditions?.find(({ type }) => type === "Ready")?.message;
          const [last] = status?.history ?? [];
          const ended = `last ended ${last?.modelVersion} ${last?.outcome} ${last?.finishedAt}`;
          return `${name} v${version}${bad ? " (bad)" : ""}: ${status?.state}, ${why}; ${ended}`;
        }),
    summary: () =>
      `${tally.begun} releases begun, ${tally.promoted} promoted, ${tally.rolledBack} rolled back, ` +
      `${members.filter(({ over }) => !over).length} under way, the longest took ${tally.longest} s`,
  };
}

/** What has become of its last version. */
function seenOf({ rollout: { latest }, version }: Member): {
  exposed: boolean;
  back: boolean;
  stable: boolean;
} {
  const { status } = latest ?? {};
  const wanted = `v${version}`;
  return {
    exposed: status?.canary?.modelVersion === wanted && (status.weight?.acknowledged ?? 0) >= 50,
    back: status?.state === "RolledBack" && status.history?.[0]?.modelVersion === wanted,
    stable: isStable(latest, wanted),
  };
}

/** At rest on that version. */
function isStable(latest: ModelRollout | undefined, version: string): boolean {
  const { status } = latest ?? {};
  return (
    status?.state === "Idle" && status.stable?.modelVersion === version && !status.canary && !status.retained
  );
}

async function routed(world: World, name: string): Promise<Pick<Member, "rollout" | "apply">> {
  const edge = await world.createEdge({ name });
  const rollout = world.rollouts.of({ name, edge });
  return {
    rollout,
    apply: async (version) => {
      await rollout.apply({
        version,
        replicas: 2,
        podAnnotations: quick,
        alarms: [`${name}-5xx`],
        ...pick(strategy),
      });
    },
  };
}

/** As the manifest of the world wants it. */
function pick({ steps = [], ...rest }: ModelRolloutSpec["strategy"]) {
  return { steps, strategy: rest };
}

function inPlace(world: World, name: string): Pick<Member, "rollout" | "apply"> {
  const { client, namespace } = world;
  const deployment = `/apis/apps/v1/namespaces/${namespace}/deployments/${name}`;
  const resource = `/apis/${apiVersion}/namespaces/${namespace}/${plural}/${name}`;
  const spec: ModelRolloutSpec = {
    workloadRef: { apiVersion: "apps/v1", kind: "Deployment", name },
    traffic: { rollingUpdate: {} },
    strategy,
    analysis: { alarms: [{ name: `${name}-5xx` }] },
  };
  return {
    rollout: world.rollouts.named(name),
    apply: async (version) => {
      const body = deploymentOf({ name, version, replicas: 2, annotations: quick });
      await client.patch(`${deployment}?fieldManager=user&force=true`, "apply", body);
      if (version !== "v1") return;
      const rollout = { apiVersion, kind, metadata: { name }, spec };
      await client.patch(`${resource}?fieldManager=user&force=true`, "apply", rollout);
    },
  };
}
