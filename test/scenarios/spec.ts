import { parseDuration } from "../../src/api/duration.ts";
import type { AlarmSpec, ModelRolloutSpec, Step } from "../../src/api/types.ts";

const arn = (rest: string) => `arn:aws:elasticloadbalancing:us-east-1:123456789012:${rest}`;

/** The design's example: three steps, four replicas, one alarm. */
export function firstSpec(): ModelRolloutSpec {
  return {
    replicas: 4,
    selector: { matchLabels: { app: "sentiment" } },
    template: {
      metadata: { labels: { app: "sentiment" } },
      spec: { containers: [{ name: "server", image: "registry.example/sentiment" }] },
    },
    model: { name: "sentiment", version: "v1" },
    traffic: {
      alb: {
        rules: [{ arn: arn("listener-rule/app/edge/50dc6c495c0c9188/f2f7dc8efc522ab2/9683b2d02a6cabee") }],
        targetGroups: {
          a: arn("targetgroup/sentiment-a/73e2d6bc24d8a067"),
          b: arn("targetgroup/sentiment-b/84f3e7cd35e9b178"),
        },
        service: { port: 8080 },
      },
    },
    strategy: {
      steps: [
        { weight: 10, hold: "10m" },
        { weight: 50, hold: "10m" },
        { weight: 100, hold: "10m" },
      ],
    },
    analysis: { alarms: [{ name: "5xx" }] },
  };
}

/** The same steps and alarm over a Deployment that is there, rolled in place. */
export function inPlaceSpec({ strategy, analysis }: ModelRolloutSpec): ModelRolloutSpec {
  return {
    workloadRef: { apiVersion: "apps/v1", kind: "Deployment", name: "sentiment" },
    traffic: { rollingUpdate: {} },
    strategy,
    ...(analysis ? { analysis } : {}),
  };
}

/** The same over one Deployment that the operator makes. */
export function ownSpec(spec: ModelRolloutSpec, replicas: number): ModelRolloutSpec {
  return { ...spec, replicas, traffic: { rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } } };
}

/** `10:10m` or `50:10m:approval`. */
function stepOf(text: string): Step {
  const [weight, hold, approval] = text.split(":");
  return {
    weight: Number(weight),
    ...(hold === undefined ? {} : { hold }),
    ...(approval === undefined ? {} : { approval: true }),
  };
}

/** `5xx`, `p99:Pause`, `p99:Record`, `p99:-:Pass`, `p99:-:-:b`. */
function alarmOf(text: string): AlarmSpec {
  const [name = "", onAlarm, onInsufficientData, destination] = text.split(":");
  const given = (value: string | undefined) => value !== undefined && value !== "-";
  return {
    name,
    ...(given(onAlarm) ? { onAlarm: onAlarm as "Pause" } : {}),
    ...(given(onInsufficientData) ? { onInsufficientData: onInsufficientData as "Pass" } : {}),
    ...(given(destination) && destination !== undefined ? { destination } : {}),
  };
}

function limitsOf(values: readonly string[]): {
  maxSurge?: number | string;
  maxUnavailable?: number | string;
} {
  const of = (key: string) => {
    const value = values.find((word) => word.startsWith(`${key}=`))?.slice(key.length + 1);
    return value === undefined || value.endsWith("%") ? value : Number(value);
  };
  const [maxSurge, maxUnavailable] = [of("surge"), of("unavailable")];
  return {
    ...(maxSurge === undefined ? {} : { maxSurge }),
    ...(maxUnavailable === undefined ? {} : { maxUnavailable }),
  };
}

type Edit = (spec: ModelRolloutSpec, values: readonly string[]) => ModelRolloutSpec;

const strategy =
  (key: "stepTimeout" | "retain" | "drain"): Edit =>
  (spec, [value = "0s"]) => {
    parseDuration(value);
    return { ...spec, strategy: { ...spec.strategy, [key]: value } };
  };

const edits: Readonly<Record<string, Edit>> = {
  steps: (spec, values) => ({ ...spec, strategy: { ...spec.strategy, steps: values.map(stepOf) } }),
  stepTimeout: strategy("stepTimeout"),
  retain: strategy("retain"),
  drain: strategy("drain"),
  minAvailable: (spec, [minAvailable = "50%"]) => ({
    ...spec,
    strategy: { ...spec.strategy, rollback: { minAvailable } },
  }),
  /** Over the Deployment's own: `edit rollingUpdate surge=1 unavailable=25%`. */
  rollingUpdate: (spec, values) => ({ ...spec, traffic: { rollingUpdate: limitsOf(values) } }),
  canaryReplicas: (spec, [mode]) => ({
    ...spec,
    strategy: { ...spec.strategy, canaryReplicas: mode === "Full" ? "Full" : "Proportional" },
  }),
  replicas: (spec, [count]) => ({ ...spec, replicas: Number(count) }),
  paused: (spec, [flag]) => ({ ...spec, paused: flag === "true" }),
  destination: (spec, [destination = "b"]) => ({ ...spec, destination }),
  alarms: (spec, values) => ({ ...spec, analysis: { ...spec.analysis, alarms: values.map(alarmOf) } }),
  rollbackAfter: (spec, [value = "10m"]) => ({
    ...spec,
    analysis: { ...spec.analysis, unreadable: { rollbackAfter: value } },
  }),
};

/** One edit of the spec by a person. */
export function editSpec(spec: ModelRolloutSpec, key: string, values: readonly string[]): ModelRolloutSpec {
  const edit = edits[key];
  if (!edit) throw new Error(`no edit of ${key}`);
  return edit(spec, values);
}
