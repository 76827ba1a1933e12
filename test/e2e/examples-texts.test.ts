import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { resolveSpec } from "../../src/api/defaults.ts";
import { type Simulator, startSimulator } from "../aws-simulator/simulator.ts";
import { Stage } from "../cli/stage.ts";
import { awsTypes } from "./examples/aws-types.ts";
import {
  arnsIn,
  arnsOf,
  type Example,
  examples,
  nextVersion,
  objectsIn,
  readme,
  rolloutFile,
  rolloutOf,
  standsFor,
  substituted,
} from "./examples/example.ts";
import { type Applied, applyTerraform, type ResourceTypes, textOf } from "./examples/terraform.ts";

const cases = examples.map((example) => [example.name, example] as const);
const variables = { vpc_id: "vpc-0123", certificate_arn: "arn:aws:acm:us-east-1:123456789012:certificate/1" };

let simulator: Simulator;
let types: ResourceTypes;
beforeAll(async () => {
  simulator = await startSimulator();
  types = awsTypes(simulator);
});
afterAll(async () => {
  await simulator.stop();
});

const made = new Map<string, Applied>();
function applied({ name, files }: Example): Applied {
  const known = made.get(name) ?? applyTerraform(files["aws.tf"] ?? "", types, variables);
  made.set(name, known);
  return known;
}

/** The arguments of all resources of a type. */
const resources = (example: Example, type: string): Applied["made"] =>
  applied(example).made.filter(({ address }) => address.startsWith(`${type}.`));

const named = (example: Example, type: string, argument: string): readonly string[] =>
  resources(example, type).map(({ given }) => textOf(given[argument]));

const yamlOf = ({ files }: Example): string =>
  Object.entries(files)
    .filter(([file]) => file.endsWith(".yaml"))
    .map(([, text]) => text)
    .join("\n---\n");

test("the README has a line for each folder, and for nothing else", () => {
  const linked = [...readme.matchAll(/^\| \[([\w-]+)\]\(([\w-]+)\) \|/gm)].map(([, text, to]) => [text, to]);
  expect(linked.map(([text = ""]) => text).toSorted()).toEqual(examples.map(({ name }) => name).toSorted());
  for (const [text, to] of linked) expect(to).toBe(text);
});

test("there is one for each kind of traffic and of workload", () => {
  const kinds = examples.map((example) => {
    const { workload, traffic } = resolveSpec(rolloutOf(example).spec);
    return `${traffic.kind} ${workload.kind}`;
  });
  expect(new Set(kinds)).toEqual(
    new Set([
      "alb slots",
      "alb outside",
      "appMesh slots",
      "appMesh outside",
      "rollingUpdate adopted",
      "rollingUpdate owned",
    ]),
  );
});

describe.for(cases)("%s", ([, example]) => {
  test("has its ModelRollout and its AWS side, in the namespace of all examples", () => {
    expect(Object.keys(example.files)).toEqual(expect.arrayContaining([rolloutFile, "aws.tf"]));
    const own = objectsIn(yamlOf(example)).filter(({ apiVersion }) => !apiVersion.startsWith("argoproj.io/"));
    expect(new Set(own.map(({ metadata }) => metadata.namespace))).toEqual(new Set(["models"]));
  });

  test("says at its top what to change and how to release", () => {
    const [top = ""] = (example.files[rolloutFile] ?? "").split("\napiVersion:");
    for (const line of top.split("\n")) expect(line).toMatch(/^#/);
    expect(top).toContain("# To use it: ");
    expect(top).toMatch(/^# To release: /m);
  });

  test("passes lint without a warning, but that App Mesh has ended", async () => {
    const stage = new Stage({ files: example.files });
    expect(await stage.run("lint", rolloutFile, "-o", "json")).toBe(0);
    const report = JSON.parse(stage.out) as { objects: { findings: { message: string }[] }[] };
    const messages = report.objects.flatMap(({ findings }) => findings.map(({ message }) => message));
    const ended = "AWS ended App Mesh on 2026-09-30: plan the move to alb";
    expect(messages).toEqual(rolloutOf(example).spec.traffic.appMesh ? [ended] : []);
  });

  test("has a plan that goes through its steps", async () => {
    const stage = new Stage({ files: example.files });
    expect([await stage.run("plan", rolloutFile), stage.err]).toEqual([0, ""]);
    const { steps } = resolveSpec(rolloutOf(example).spec).strategy;
    for (const [index, { weight }] of steps.entries())
      expect(stage.out).toContain(`step ${index + 1}/${steps.length}: ${weight} %`);
  });

  test("names in YAML what aws.tf makes, and aws.tf makes nothing that is not named", () => {
    const { traffic, analysis } = rolloutOf(example).spec;
    const wanted = new Set(arnsIn(yamlOf(example)).map(standsFor));
    expect(wanted).toEqual(new Set(arnsOf(applied(example).made).keys()));

    const rules = named(example, "aws_cloudwatch_composite_alarm", "alarm_rule").join(" ");
    const alarms = [
      ...named(example, "aws_cloudwatch_metric_alarm", "alarm_name"),
      ...named(example, "aws_cloudwatch_composite_alarm", "alarm_name"),
    ];
    const children = alarms.filter((name) => rules.includes(`(${name})`));
    const watched = (analysis?.alarms ?? []).map(({ name }) => name);
    expect([...watched, ...children].toSorted()).toEqual(alarms.toSorted());

    const { meshName, virtualRouterName, routeName, virtualNodes } = traffic.appMesh ?? {};
    const one = (name: string | undefined): readonly string[] => (name === undefined ? [] : [name]);
    expect(named(example, "aws_appmesh_mesh", "name")).toEqual(one(meshName));
    expect(named(example, "aws_appmesh_virtual_router", "name")).toEqual(one(virtualRouterName));
    expect(named(example, "aws_appmesh_route", "name")).toEqual(one(routeName));
    expect(named(example, "aws_appmesh_virtual_node", "name")).toEqual(Object.values(virtualNodes ?? {}));
  });

  test("gives the namespace its rule or route, and leaves the weights to the operator", () => {
    const ignored: Readonly<Record<string, string>> = {
      aws_lb_listener_rule: "action",
      aws_lb_listener: "default_action",
      aws_appmesh_route: "spec.0.http_route.0.action",
    };
    const weighted = Object.keys(ignored).flatMap((type) => resources(example, type));
    expect(weighted).toHaveLength(rolloutOf(example).spec.traffic.rollingUpdate ? 0 : 1);
    for (const { address, given, ignored: names } of weighted) {
      expect(names).toEqual([ignored[address.split(".")[0] ?? ""]]);
      expect(given["tags"]).toEqual({ "modelrollout.dev/namespaces": "models" });
    }
  });

  test("prints what is to be written into the YAML", () => {
    const { outputs } = applied(example);
    const { alb } = rolloutOf(example).spec.traffic;
    const texts = substituted(example.files[rolloutFile] ?? "", arnsOf(applied(example).made));
    const printed = JSON.stringify(outputs).match(/arn:aws:[^"]+/g) ?? [];
    expect(new Set(printed)).toEqual(new Set(alb ? arnsIn(texts) : []));
  });

  test("a new version is another revision, and only that", () => {
    const text = example.files["deployment.yaml"] ?? example.files[rolloutFile] ?? "";
    const [before, after] = [objectsIn(text)[0]?.spec ?? {}, objectsIn(nextVersion(text))[0]?.spec ?? {}];
    const changed = Object.keys(after).filter(
      (field) => JSON.stringify(after[field]) !== JSON.stringify(before[field]),
    );
    expect(changed.length).toBeGreaterThan(0);
    expect(["template", "model", "destination"]).toEqual(expect.arrayContaining(changed));
  });
});

test("Argo CD's Application finds the folder's ModelRollout and nothing else of it", () => {
  const example = examples.find(({ name }) => name === "argo-cd");
  const [application] = objectsIn(example?.files["application.yaml"] ?? "");
  expect(application).toMatchObject({
    apiVersion: "argoproj.io/v1alpha1",
    kind: "Application",
    spec: {
      source: { directory: { include: rolloutFile } },
      destination: { namespace: "models" },
      syncPolicy: { automated: { selfHeal: true } },
    },
  });
});
