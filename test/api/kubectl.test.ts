import { mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, test } from "vitest";
import type { ModelRollout } from "../../src/api/types.ts";
import { eventually, useControlPlane } from "../control-plane/shared.ts";
import { pathOf, rollout } from "./cases.ts";

const cluster = useControlPlane();
const definition = fileURLToPath(new URL("../../crds/modelrollouts.yaml", import.meta.url));
const at = "2026-11-21T10:26:00.125Z";

/** What kubectl says on standard error. */
async function complaint(...args: string[]): Promise<string> {
  return cluster.kubectl(...args).then(
    (said) => `accepted: ${said}`,
    (error: unknown) => (error instanceof Error ? error.message : String(error)),
  );
}

describe("the definition", () => {
  test("is under 200 KB and goes through a client-side apply", async () => {
    expect((await stat(definition)).size).toBeLessThan(200_000);
    const said = await cluster.kubectl("apply", "--dry-run=server", "-f", definition);
    expect(said).toContain("customresourcedefinition.apiextensions.k8s.io/modelrollouts.modelrollout.dev");
  });

  test("is established, with its names accepted and a structural schema", async () => {
    const path = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/modelrollouts.modelrollout.dev";
    const crd = await cluster.client.get<{ status: { conditions: { type: string; status: string }[] } }>(
      path,
    );
    const conditions = Object.fromEntries(crd.status.conditions.map(({ type, status }) => [type, status]));
    expect(conditions).toEqual({ NamesAccepted: "True", Established: "True" });
  });
});

describe("kubectl explain", () => {
  // The API server publishes the schema a moment after the definition is established.
  beforeAll(async () => {
    await eventually("the schema is published", async () =>
      (await complaint("explain", "mro")).startsWith("accepted"),
    );
  });

  test.each([
    ["mro", "releases a new version of a model step by step"],
    ["modelrollout.spec.strategy.steps.hold", "How long the step is held"],
    ["modelrollout.spec.traffic.alb.rules.arn", "ARN of a listener rule, or of a listener"],
    ["modelrollout.spec.template.spec.containers", "Containers of the pod"],
    ["modelrollout.status.awaiting", "the very value that the annotation"],
  ])("%s", async (field, description) => {
    const said = (await cluster.kubectl("explain", field)).replaceAll(/\s+/g, " ");
    expect(said).toContain(description);
  });

  test("shows the words that are allowed, and defaults", async () => {
    const said = await cluster.kubectl("explain", "modelrollout.spec.analysis.alarms");
    expect(said).toMatch(/onAlarm\s+<string>\s+enum: Rollback, Pause, Record/);
    expect(said.replaceAll(/\s+/g, " ")).toContain("or only record it. Default: Rollback.");
  });
});

describe("kubectl get", () => {
  test("prints the columns by short name and by category", async () => {
    await cluster.client.create(pathOf(cluster), rollout("slots", {}, "columns"));
    await cluster.client.patch(`${pathOf(cluster, "columns")}/status`, "merge", {
      status: {
        state: "Holding",
        stepText: "2/3",
        weight: { desired: 50, acknowledged: 10 },
        modelVersion: "v8",
        router: "ALB 1 rule",
        alarmSummary: "1/1 pass",
        conditions: [
          { type: "Stalled", status: "False", reason: "Settled", message: "", lastTransitionTime: at },
          { type: "Ready", status: "False", reason: "Holding", message: "8m left", lastTransitionTime: at },
        ],
      },
    });
    const [head, row] = (await cluster.kubectl("get", "mro", "columns")).trim().split("\n");
    expect(head).toMatch(/^NAME +READY +STATE +STEP +WEIGHT +MODEL +REASON +AGE$/);
    expect(row).toMatch(/^columns +False +Holding +2\/3 +10 +v8 +Holding +\d+s$/);
    const [wide, wideRow] = (await cluster.kubectl("get", "rollouts", "-o", "wide")).trim().split("\n");
    expect(wide).toMatch(/AGE +ROUTER +ALARMS +MESSAGE$/);
    expect(wideRow).toMatch(/ALB 1 rule +1\/1 pass +8m left$/);
  });

  test("prints a resource that has no status yet", async () => {
    await cluster.client.create(pathOf(cluster), rollout("adopted", {}, "new"));
    const [, row] = (await cluster.kubectl("get", "mro", "new")).trim().split("\n");
    expect(row).toMatch(/^new +\d+s$/);
  });
});

describe("kubectl scale", () => {
  test("changes spec.replicas, and an autoscaler finds the pods", async () => {
    await cluster.client.create(pathOf(cluster), rollout("slots", {}, "scaled"));
    await cluster.client.patch(`${pathOf(cluster, "scaled")}/status`, "merge", {
      status: { replicas: 6, selector: "app=sentiment,modelrollout.dev/slot=a" },
    });
    await cluster.kubectl("scale", "mro/scaled", "--replicas=4");
    const scale = await cluster.client.get<{ spec: object; status: object }>(
      `${pathOf(cluster, "scaled")}/scale`,
    );
    expect(scale.spec).toEqual({ replicas: 4 });
    expect(scale.status).toEqual({ replicas: 6, selector: "app=sentiment,modelrollout.dev/slot=a" });
    const { spec } = await cluster.client.get<ModelRollout>(pathOf(cluster, "scaled"));
    expect(spec.replicas).toBe(4);
  });

  test("is refused where the size is the Deployment's own", async () => {
    await cluster.client.create(pathOf(cluster), rollout("adopted", {}, "unscaled"));
    expect(await complaint("scale", "mro/unscaled", "--replicas=4")).toContain("spec.replicas");
    const { spec } = await cluster.client.get<ModelRollout>(pathOf(cluster, "unscaled"));
    expect(spec.replicas).toBeUndefined();
  });
});

describe("unknown fields", () => {
  test.each([[], ["--server-side"]])(
    "are named by kubectl apply %s, and nothing is stored",
    async (...options) => {
      const folder = await mkdtemp(join(tmpdir(), "modelrollout-api-"));
      try {
        const file = join(folder, "typo.json");
        await writeFile(file, JSON.stringify(rollout("slots", { pause: true }, "typo")));
        expect(await complaint("apply", ...options, "-f", file)).toContain("spec.pause");
        expect(await complaint("get", "mro", "typo")).toContain("NotFound");
      } finally {
        await rm(folder, { recursive: true });
      }
    },
  );

  test("are dropped when a client does not ask for strictness; in the pod template they are kept", async () => {
    const sent = rollout("slots", {
      stratgy: {},
      template: { spec: { containers: [{ name: "server", futureField: 1 }], futureList: [{ x: 1 }] } },
    });
    const path = `${pathOf(cluster)}?dryRun=All&fieldValidation=Ignore`;
    const { spec } = await cluster.client.create<ModelRollout>(path, sent);
    expect("stratgy" in spec).toBe(false);
    expect(spec.template?.spec["futureList"]).toEqual([{ x: 1 }]);
    expect(spec.template?.spec.containers).toEqual([{ name: "server", futureField: 1 }]);
  });
});

describe("kubectl apply of the same file again", () => {
  const alarms = [{ name: "5xx" }, { name: "slow", onAlarm: "Pause" }];
  const change = { strategy: { steps: [{ weight: 10 }, { weight: 50 }] }, analysis: { alarms } };

  test.each(["slots", "owned", "adopted", "outside"])("says unchanged: %s", async (base) => {
    const folder = await mkdtemp(join(tmpdir(), "modelrollout-api-"));
    try {
      const file = join(folder, "rollout.json");
      await writeFile(file, JSON.stringify(rollout(base, change, `again-${base}`)));
      expect(await cluster.kubectl("apply", "-f", file)).toMatch(/ created$/m);
      expect(await cluster.kubectl("apply", "-f", file)).toMatch(/ unchanged$/m);
      await cluster.kubectl("delete", "-f", file);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
