import { readdir, readFile } from "node:fs/promises";
import { parse, stringify } from "yaml";
import type { ModelRollout } from "../../../src/api/types.ts";
import { act, type Patch, type Verb } from "../../../src/cli/act/act.ts";
import { healthMessage, healthOf } from "../../../src/cli/status/health.ts";
import { rollout as caseOf, merge } from "../../api/cases.ts";
import { scene, sceneNames } from "../scenes.ts";

/** Folder of everything for Argo CD. */
export const folder = new URL("../../../deploy/argocd/", import.meta.url);
/** Argo CD's own layout, below it. */
export const customization = "resource_customizations/modelrollout.dev/ModelRollout";
/** The actions that Argo CD offers, in the order of its menu. */
export const actions = [
  "approve",
  "promote",
  "abort",
  "retry",
  "pause",
  "resume",
] as const satisfies readonly Verb[];

/** Objects that the scripts are run over: file name without its ending, and the object. */
export type TestData = ReadonlyMap<string, ModelRollout>;

const head = "# Made by `node test/cli/argo-cd/main.ts`. Do not edit.\n";

export const yamlText = (value: unknown): string =>
  stringify(value, { lineWidth: 110, aliasDuplicateObjects: false, blockQuote: "literal" });

/** The test data as it lies in the repository; whoever adds an object from a real cluster only has to put it there. */
export async function readTestData(): Promise<TestData> {
  const at = new URL(`${customization}/testdata/`, folder);
  const names = (await readdir(at)).filter((name) => name.endsWith(".yaml")).sort();
  const objects = names.map(async (name) => {
    const object = parse(await readFile(new URL(name, at), "utf8")) as ModelRollout;
    return [name.replace(/\.yaml$/, ""), object] as const;
  });
  return new Map(await Promise.all(objects));
}

/** Every situation, and some objects that should not be, as the operator's core makes them today. */
export function playedTestData(): TestData {
  const { rollout: holding } = scene("holding");
  const bare = (status: unknown) => ({ ...holding, status }) as ModelRollout;
  const adopted = caseOf("adopted") as unknown as ModelRollout;
  return new Map<string, ModelRollout>([
    ...sceneNames.map((name) => [name, scene(name).rollout] as const),
    ["status-empty", bare({})],
    [
      "status-without-conditions",
      bare({ observedGeneration: holding.metadata.generation, state: "Holding" }),
    ],
    ["state-of-a-later-version", bare({ ...holding.status, state: "Mirroring" })],
    ["conditions-of-no-use", bare({ ...holding.status, conditions: [{ type: "Other" }] })],
    ["rival-in-mid-release", bare({ ...holding.status, rival: "prod/other" })],
    ["open-release-at-rest", bare({ ...scene("idle").rollout.status, history: [], observedGeneration: 3 })],
    [
      "deleted-unseen",
      { ...bare({}), metadata: { ...holding.metadata, deletionTimestamp: "2026-01-05T11:00:00Z" } },
    ],
    // Lua knows no difference between an empty object and an empty list.
    ["empty-objects", { ...bare({ ...holding.status, alarms: [] }), spec: adopted.spec }],
  ]);
}

/**
 * Made files: path below `folder`, and text. What is expected of the scripts in Lua, which are written by hand, is what
 * the kubectl plugin makes of the same objects.
 */
export async function madeFiles(data: TestData): Promise<ReadonlyMap<string, string>> {
  return new Map([healthTests(data), ...actionTests(data), ["argocd-cm.yaml", await configMap()]]);
}

function healthTests(data: TestData): readonly [string, string] {
  const tests = [...data].map(([name, rollout]) => ({
    inputPath: `testdata/${name}.yaml`,
    healthStatus: { status: healthOf(rollout), message: healthMessage(rollout) },
  }));
  return [`${customization}/health_test.yaml`, head + yamlText({ tests })];
}

const display: Readonly<Record<(typeof actions)[number], readonly [string, string]>> = {
  approve: ["Approve", "fa-check"],
  promote: ["Promote: all traffic now", "fa-fast-forward"],
  abort: ["Abort: take it back", "fa-undo"],
  retry: ["Retry", "fa-redo"],
  pause: ["Pause", "fa-pause"],
  resume: ["Resume", "fa-play"],
};

/** `pause` is possible nearly always: these show enough of it. */
const pausable: ReadonlySet<string> = new Set(["holding", "unseen", "status-empty", "empty-objects"]);

function actionTests(data: TestData): readonly (readonly [string, string])[] {
  const files: [string, string][] = [];
  const discoveryTests: object[] = [];
  const tests: object[] = [];
  for (const [name, rollout] of data) {
    const inputPath = `../testdata/${name}.yaml`;
    const result = actions.map((verb) => {
      const [displayName, icon] = display[verb];
      const disabled = act(verb, rollout).kind !== "patch";
      return { name: verb, disabled, displayName, iconClass: `fa fa-fw ${icon}` };
    });
    discoveryTests.push({ inputPath, result });
    for (const verb of actions) {
      const decided = act(verb, rollout);
      if (decided.kind !== "patch" || (verb === "pause" && !pausable.has(name))) continue;
      const expectedOutputPath = `testdata/${verb}-${name}.yaml`;
      const text = head + yamlText(patched(rollout, decided.patch));
      files.push([`${customization}/actions/${expectedOutputPath}`, text]);
      tests.push({ action: verb, inputPath, expectedOutputPath });
    }
  }
  const text = head + yamlText({ discoveryTests, actionTests: [...tests, ...refusals()] });
  return [[`${customization}/actions/action_test.yaml`, text], ...files];
}

const patched = (rollout: ModelRollout, patch: Patch): unknown => merge(rollout, patch);

function refusals(): readonly object[] {
  const refusal = (action: string, input: string, message: string) => ({
    action,
    inputPath: `../testdata/${input}.yaml`,
    expectedErrorMessage: message,
  });
  return [
    refusal("approve", "holding", "nothing waits for an approval"),
    refusal("approve", "unseen", "nothing waits for an approval"),
    refusal("promote", "idle", "there is nothing to promote"),
    refusal("promote", "unseen", "there is nothing to promote"),
    refusal("promote", "rolling-back", "there is nothing to promote"),
    refusal("abort", "idle", "there is nothing to abort"),
    refusal("abort", "status-empty", "there is nothing to abort"),
    refusal("abort", "rolling-back", "there is nothing to abort"),
    refusal("retry", "holding", "there is nothing to retry"),
    refusal("retry", "unseen", "there is nothing to retry"),
  ];
}

/** The scripts as Argo CD reads them from its ConfigMap. */
async function configMap(): Promise<string> {
  const script = (path: string) => readFile(new URL(`${customization}/${path}`, folder), "utf8");
  const definitions = await Promise.all(
    actions.map(async (name) => ({ name, "action.lua": await script(`actions/${name}/action.lua`) })),
  );
  const parts = { "discovery.lua": await script("actions/discovery.lua"), definitions };
  return (
    head +
    yamlText({
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: {
        name: "argocd-cm",
        namespace: "argocd",
        labels: { "app.kubernetes.io/name": "argocd-cm", "app.kubernetes.io/part-of": "argocd" },
      },
      data: {
        "resource.customizations.health.modelrollout.dev_ModelRollout": await script("health.lua"),
        "resource.customizations.actions.modelrollout.dev_ModelRollout": stringify(parts, {
          lineWidth: 0,
          blockQuote: "literal",
        }),
      },
    })
  );
}
