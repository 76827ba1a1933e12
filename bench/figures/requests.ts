import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { ModelRolloutSpec } from "../../src/api/types.ts";
import { createMeshStack } from "../../test/aws-simulator/app-mesh/fixtures.ts";
import { applyDefinitions, kubectl } from "../../test/control-plane/manifests.ts";
import { adopted } from "../../test/e2e/in-place-world.ts";
import type { Rollout } from "../../test/world/rollouts.ts";
import { countCalls, inWords } from "../aws-calls.ts";
import { type Figure, type Row } from "../figure.ts";
import { countRequests, type RequestCount, requestKinds, verbsInWords } from "../kube-requests.ts";
import { openPodPlace, type PodPlace } from "../place.ts";

const policies = fileURLToPath(
  new URL("../../deploy/components/admission-policies/policies.yaml", import.meta.url),
);

/** Four weights of four pods, each held for a moment. */
const steps: NonNullable<ModelRolloutSpec["strategy"]["steps"]> = [
  { weight: 25, hold: "3s" },
  { weight: 50, hold: "3s" },
  { weight: 75, hold: "3s" },
  { weight: 100, hold: "3s" },
];

/** Requests of one release, from the change of the spec until nothing is retained any more. */
type Release = {
  readonly count: RequestCount;
  readonly kinds: Readonly<Record<string, number>>;
  readonly aws: Readonly<Record<string, number>>;
};

async function countRelease(
  place: PodPlace,
  release: () => Promise<void>,
  rollout: Rollout,
): Promise<Release> {
  const calls = countCalls(place.world.simulator);
  const from = Date.now();
  await release();
  await rollout.waitFor(
    "v2 is stable, and nothing is retained",
    ({ status, metadata }) =>
      status?.state === "Idle" &&
      status.observedGeneration === metadata.generation &&
      status.history?.[0]?.outcome === "Promoted" &&
      status.retained === undefined,
    120_000,
  );
  // What follows the last status, events above all, goes out within seconds.
  await sleep(8_000);
  calls.stop();
  const requests = await place.requests(from);
  return { count: countRequests(requests), kinds: requestKinds(requests), aws: calls.counts() };
}

async function behindAlb(place: PodPlace): Promise<Release> {
  const { world } = place;
  const edge = await world.createEdge({ name: "alb" });
  world.simulator.alarms.put("alb-5xx");
  const rollout = world.rollouts.of({ name: "alb", edge });
  const common = { replicas: 4, alarms: ["alb-5xx"], steps };
  await rollout.apply({ ...common, version: "v1" });
  await rollout.waitForReady(60_000);
  await sleep(5_000);
  return await countRelease(
    place,
    async () => void (await rollout.apply({ ...common, version: "v2" })),
    rollout,
  );
}

async function inPlace(place: PodPlace): Promise<Release> {
  const { world, plane } = place;
  world.simulator.alarms.put("rolled-5xx");
  const made = await adopted(world, async (args) => await kubectl(plane, args), "rolled", {
    replicas: 4,
    rollout: {
      strategy: { steps, retain: "2s", stepTimeout: "60s" },
      analysis: { alarms: [{ name: "rolled-5xx" }] },
    },
  });
  await sleep(5_000);
  const release = async (): Promise<void> =>
    await made.apply({ version: "v2", replicas: 4 }, { force: true });
  const found = await countRelease(place, release, made.rollout);
  await made.pods.stop();
  return found;
}

async function behindMesh(place: PodPlace): Promise<Release> {
  const { world } = place;
  const name = "mesh";
  const route = { meshName: name, virtualRouterName: "model", routeName: "main" };
  const virtualNodes = { a: "mesh-a", b: "mesh-b" };
  const weights = { [virtualNodes.a]: 0, [virtualNodes.b]: 0 };
  createMeshStack(world.simulator, { mesh: name, router: "model", route: "main", weights });
  world.simulator.alarms.put("mesh-5xx");
  const rollout = world.rollouts.of({ name, edge: await world.createEdge({ name }) });
  const spec = { traffic: { appMesh: { ...route, virtualNodes } } };
  const common = { replicas: 4, alarms: ["mesh-5xx"], steps, spec };
  await rollout.apply({ ...common, version: "v1" });
  await rollout.waitForReady(60_000);
  await sleep(5_000);
  return await countRelease(
    place,
    async () => void (await rollout.apply({ ...common, version: "v2" })),
    rollout,
  );
}

function rowOf(what: string, { count, aws }: Release): Row {
  return {
    what: `${what}: requests (writes), events`,
    value: `${count.total} (${count.writes}), ${count.events} events; ${verbsInWords(count)}; AWS: ${inWords(aws)}`,
    goal: "under 40 in all, events included",
    met: count.total + count.events < 40,
    peers: { argo: "117-128 (36-39 writes, 15 events)", flagger: "137 (16 writes, 9 events)" },
  };
}

/** The patches of the Deployment are most of it: see `raw`. */
function withReason(row: Row): Row {
  if (row.met === true) return row;
  const reason =
    "Each step takes four patches of the Deployment: opened for the surge, paused, opened for the exchange, paused. Half of them are the pauses, in which a foreign change cannot roll further than the step.";
  return { ...row, reason };
}

/** Kubernetes requests of one release. */
export const requests: Figure = {
  name: "requests",
  title: "Requests to the Kubernetes API of one four-step release of 4 replicas",
  take: async ({ say }) => {
    const installed = await openPodPlace();
    const bare = await openPodPlace();
    try {
      await applyDefinitions(installed.plane, [policies]);
      for (const place of [installed, bare]) await place.operator({ "alarm-poll-interval": "1s" });
      const alb = await behindAlb(installed);
      say(`ALB: ${alb.count.total}, ${JSON.stringify(alb.kinds)}`);
      const rolled = await inPlace(installed);
      say(`in place: ${rolled.count.total}, ${JSON.stringify(rolled.kinds)}`);
      const paused = await inPlace(bare);
      say(`in place without policies: ${paused.count.total}, ${JSON.stringify(paused.kinds)}`);
      const mesh = await behindMesh(installed);
      say(`App Mesh: ${mesh.count.total}, ${JSON.stringify(mesh.kinds)}`);
      return {
        rows: [
          rowOf("ALB, two slots", alb),
          withReason(rowOf("in place (workloadRef), admission policies installed", rolled)),
          withReason(rowOf("in place without the policies (before Kubernetes 1.36)", paused)),
          rowOf("App Mesh, two slots", mesh),
        ],
        how: [
          "From the API server's audit log, by user agent: from the change of the spec until the old version is gone (slots) or the Deployment has its own settings back. Steps 25, 50, 75 and 100 %, one alarm. Without the Lease and the watches, which are there at rest too.",
          "Polls every second, so that the release is short: they go to AWS, not to the API server.",
        ],
        raw: { alb, inPlace: rolled, inPlaceWithoutPolicies: paused, mesh },
      };
    } finally {
      await installed.close();
      await bare.close();
    }
  },
};
