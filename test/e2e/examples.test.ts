import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, inject, test } from "vitest";
import type { ModelRollout } from "../../src/api/types.ts";
import { kubectl } from "../control-plane/manifests.ts";
import type { Rollout } from "../world/rollouts.ts";
import { startWorld, type World } from "../world/world.ts";
import { awsTypes } from "./examples/aws-types.ts";
import {
  arnsOf,
  type Example,
  examples,
  nextVersion,
  objectsIn,
  rolloutOf,
  substituted,
} from "./examples/example.ts";
import { type Applied, applyTerraform, type ResourceTypes, textOf } from "./examples/terraform.ts";

/** Of all examples, as they stand. */
const namespace = "models";
const variables = { vpc_id: "vpc-0123", certificate_arn: "arn:aws:acm:us-east-1:123456789012:certificate/1" };
const withinMs = 120_000;

let world: World;
let types: ResourceTypes;
let folder: string;

beforeAll(async () => {
  world = await startWorld({ controlPlane: inject("controlPlane"), namespace });
  types = awsTypes(world.simulator);
  folder = await mkdtemp(join(tmpdir(), "modelrollout-examples-"));
  // Many releases share one budget of ELB calls: at a poll a second it would run short of health reads.
  const operator = await world.startOperator({ flags: { "alarm-poll-interval": "2s" } });
  await operator.waitReady();
});

afterAll(async () => {
  await world.rollouts.deleteAll();
  await world.stop();
  await rm(folder, { recursive: true, force: true });
});

/** Makes what aws.tf says; its alarms are quiet, its targets outside of the cluster are healthy. */
function makeAws({ files }: Example): Applied {
  const applied = applyTerraform(files["aws.tf"] ?? "", types, variables);
  for (const { address, given } of applied.made) {
    if (address.startsWith("aws_cloudwatch_metric_alarm."))
      world.simulator.alarms.set(textOf(given["alarm_name"]), "OK");
    if (address.startsWith("aws_lb_target_group_attachment."))
      world.servers.setOutside(textOf(given["target_id"]), { version: "outside" });
  }
  return applied;
}

/** The manifests of an example for this cluster; Argo CD's own go to a cluster with Argo CD. */
function manifests({ files }: Example, made: Applied): Readonly<Record<string, string>> {
  const arns = arnsOf(made.made);
  return Object.fromEntries(
    Object.entries(files)
      .filter(([file, text]) => file.endsWith(".yaml") && !isOfArgo(text))
      .map(([file, text]) => [file, substituted(text, arns)]),
  );
}

const isOfArgo = (text: string): boolean =>
  objectsIn(text).every(({ apiVersion }) => apiVersion.startsWith("argoproj.io/"));

/** `kubectl apply` of each file, or as a GitOps tool does. */
async function apply(
  { name }: Example,
  texts: Readonly<Record<string, string>>,
  how: readonly string[],
): Promise<void> {
  for (const [file, text] of Object.entries(texts)) {
    const path = join(folder, `${name}-${file}`);
    await writeFile(path, text);
    await kubectl(world, ["apply", ...how, "-f", path]);
  }
}

/** What a person does when a release waits: approves; a preset's long hold is ended by promoting. */
async function people(rollout: Omit<Rollout, "apply">, preset: boolean): Promise<void> {
  const answered = new Set<string>();
  for (;;) {
    const { status = {} } = await rollout.waitFor(
      "v8 is promoted, or somebody is waited for",
      ({ status: now }) => {
        const waits = now?.awaiting !== undefined && !answered.has(now.awaiting);
        return waits || isPromoted(now) || (preset && isHeldLong(now, answered));
      },
      withinMs,
    );
    if (isPromoted(status)) return;
    if (status.awaiting !== undefined) {
      answered.add(status.awaiting);
      await rollout.annotate("approve", status.awaiting);
    } else if (status.release !== undefined) {
      answered.add(status.release);
      await rollout.annotate("promote", status.release);
    }
  }
}

const isPromoted = (status: ModelRollout["status"]): boolean =>
  status?.history?.[0]?.modelVersion === "v8" && status.history[0].outcome === "Promoted";

const isHeldLong = (status: ModelRollout["status"], answered: ReadonlySet<string>): boolean =>
  status?.state === "Holding" && (status.step?.holdMs ?? 0) > 60_000 && !answered.has(status.release ?? "");

/** Weights that were read back, in the order of the release. */
function passed(rollout: Pick<Rollout, "seen">): readonly number[] {
  const shares = rollout.seen
    .filter(({ status }) => status?.canary?.modelVersion === "v8")
    .map(({ status }) => status?.weight?.acknowledged ?? 0);
  return [...new Set(shares)].filter((share) => share > 0);
}

/** All steps but those that a promotion skipped. */
const wantedSteps = ({ spec }: ModelRollout): readonly number[] =>
  spec.strategy.preset === undefined
    ? [...new Set([...(spec.strategy.steps ?? []).map(({ weight }) => weight), 100])]
    : [10, 100];

/** Who serves now, as AWS or the cluster has it: a slot, or the tag of the pods' image. */
async function serving(rollout: ModelRollout): Promise<string> {
  const { alb, appMesh } = rollout.spec.traffic;
  if (alb) {
    const [rule = { arn: "" }] = alb.rules;
    const weights = world.simulator.elb.weights(rule.arn);
    return nameOfHeaviest({ a: weights[alb.targetGroups.a] ?? 0, b: weights[alb.targetGroups.b] ?? 0 });
  }
  if (appMesh) {
    const { route } = { route: world.simulator.invoke("appmesh", "DescribeRoute", appMesh) } as {
      route: {
        spec: { httpRoute: { action: { weightedTargets: { virtualNode: string; weight: number }[] } } };
      };
    };
    const of = (node: string): number =>
      route.spec.httpRoute.action.weightedTargets.find(({ virtualNode }) => virtualNode === node)?.weight ??
      0;
    return nameOfHeaviest({ a: of(appMesh.virtualNodes.a), b: of(appMesh.virtualNodes.b) });
  }
  const { metadata } = rollout;
  const args = ["-n", namespace, "get", "pods", "-l", `app=${metadata.name}`, "-o"];
  const images = await kubectl(world, [...args, "jsonpath={.items[*].spec.containers[0].image}"]);
  return [...new Set(images.split(" ").map((image) => image.split(":").at(-1)))].join(" and ");
}

function nameOfHeaviest({ a, b }: { readonly a: number; readonly b: number }): string {
  if (a > 0 && b > 0) return `both, ${a} to ${b}`;
  return a > 0 ? "a" : "b";
}

describe.concurrent("applied as it stands, and released to its end", () => {
  const cases = examples.map((example) => [example.name, example] as const);
  test.for(cases)("%s", async ([, example], { expect }) => {
    const made = makeAws(example);
    const texts = manifests(example, made);
    const argo = Object.values(example.files).some((text) => text.includes("argoproj.io/"));
    const how = argo ? ["--server-side", "--field-manager=argocd-controller"] : [];
    const { name } = rolloutOf(example).metadata;
    const rollout = world.rollouts.named(name);
    await apply(example, texts, how);
    const first = await rollout.waitForReady(withinMs);
    expect(first.status?.stable?.modelVersion).toBe("v7");

    const next = Object.fromEntries(Object.entries(texts).map(([file, text]) => [file, nextVersion(text)]));
    await apply(example, next, how);
    const tool = argo ? selfHealing(async () => await apply(example, next, how)) : undefined;
    await people(rollout, first.spec.strategy.preset !== undefined);
    const done = await rollout.waitForReady(withinMs);
    await tool?.();

    expect(done.status?.stable?.modelVersion).toBe("v8");
    expect(done.status?.history?.[0]).toMatchObject({ outcome: "Promoted", modelVersion: "v8" });
    expect(passed(rollout)).toEqual(wantedSteps(rolloutOf({ ...example, files: texts })));
    const inPlace = done.spec.traffic.rollingUpdate !== undefined;
    await expect
      .poll(() => serving(done), { timeout: 20_000 })
      .toBe(inPlace ? "v8" : done.status?.stable?.slot);
  });
});

/** Applies again and again, as Argo CD's selfHeal does. Returns its end, which rejects when an apply failed. */
function selfHealing(applyAgain: () => Promise<void>): () => Promise<void> {
  const over = new AbortController();
  const going = (async () => {
    while (!over.signal.aborted) await applyAgain();
  })();
  going.catch(() => undefined);
  return async () => {
    over.abort();
    await going;
  };
}
