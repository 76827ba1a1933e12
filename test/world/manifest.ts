import { apiVersion, kind } from "../../src/api/group.ts";
import type { ModelRolloutSpec } from "../../src/api/types.ts";
import type { Edge } from "./edge.ts";

/** What a rollout of the world shall be like; everything but the name has a default. */
export type RolloutSpec = {
  readonly name: string;
  /** Its rule and groups. */
  readonly edge: Edge;
  /** Of the model. Default `v1`. */
  readonly version?: string;
  /** Default 2. */
  readonly replicas?: number;
  /** Default: 20 for 2 s, 50 for 2 s, and the implied 100. */
  readonly steps?: ModelRolloutSpec["strategy"]["steps"];
  /** Over the short times that tests use: stepTimeout 60s, retain 2s, drain 1s. */
  readonly strategy?: Partial<ModelRolloutSpec["strategy"]>;
  /** Names, or alarms in full. Default: none. */
  readonly alarms?: readonly (
    | string
    | NonNullable<NonNullable<ModelRolloutSpec["analysis"]>["alarms"]>[number]
  )[];
  /** Of the pods; `modelrollout.dev/test-…` decides how they behave. */
  readonly podAnnotations?: Readonly<Record<string, string>>;
  /** Merged over `spec.template.spec`. */
  readonly pod?: Readonly<Record<string, unknown>>;
  readonly annotations?: Readonly<Record<string, string>>;
  /** Merged over `spec.traffic.alb`. */
  readonly alb?: Readonly<Record<string, unknown>>;
  /** Merged over `spec`; undefined takes a field away. */
  readonly spec?: Readonly<Record<string, unknown>>;
};

/** A manifest as a user writes it. Its pods go on serving for a moment after they were told to end, as real ones do. */
export function manifestOf(wanted: RolloutSpec): object {
  const { name, edge, version = "v1", annotations } = wanted;
  const spec = {
    replicas: wanted.replicas ?? 2,
    selector: { matchLabels: { app: name } },
    template: {
      metadata: {
        labels: { app: name },
        annotations: { "modelrollout.dev/test-shutdown-delay": "1s", ...wanted.podAnnotations },
      },
      spec: {
        containers: [
          {
            name: "server",
            image: `registry.example/${name}:${version}`,
            ports: [{ name: "http", containerPort: 8080 }],
          },
        ],
        ...wanted.pod,
      },
    },
    model: { name, version },
    traffic: {
      alb: {
        rules: [{ arn: edge.stack.ruleArn }],
        targetGroups: { a: edge.stack.group("a"), b: edge.stack.group("b") },
        service: { port: 8080, targetPort: "http" },
        ...wanted.alb,
      },
    },
    strategy: {
      steps: wanted.steps ?? [
        { weight: 20, hold: "2s" },
        { weight: 50, hold: "2s" },
      ],
      stepTimeout: "60s",
      retain: "2s",
      drain: "1s",
      ...wanted.strategy,
    },
    ...analysisOf(wanted.alarms),
    ...wanted.spec,
  };
  return { apiVersion, kind, metadata: { name, ...(annotations && { annotations }) }, spec };
}

function analysisOf(alarms: RolloutSpec["alarms"]): object {
  if (alarms === undefined) return {};
  return {
    analysis: { alarms: alarms.map((alarm) => (typeof alarm === "string" ? { name: alarm } : alarm)) },
  };
}
