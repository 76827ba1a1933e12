/** TypeScript types of the resource, inferred from the schema. Read-only: what came from a cache is not changed. */
import type { Static } from "typebox";
import type { DeepReadonly } from "./fields.ts";
import type { apiVersion, kind } from "./group.ts";
import type { specSchema } from "./spec.ts";
import type { statusSchema } from "./status.ts";

/** The part of `metadata` that the operator reads or writes. Timestamps are RFC 3339. */
export interface Metadata {
  readonly name: string;
  readonly namespace: string;
  readonly uid: string;
  readonly resourceVersion: string;
  readonly generation: number;
  readonly creationTimestamp: string;
  readonly deletionTimestamp?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly finalizers?: readonly string[];
}

export interface ModelRollout {
  readonly apiVersion: typeof apiVersion;
  readonly kind: typeof kind;
  readonly metadata: Metadata;
  readonly spec: ModelRolloutSpec;
  readonly status?: ModelRolloutStatus;
}

export type ModelRolloutSpec = DeepReadonly<Static<typeof specSchema>>;
type Field<T, Key extends keyof T> = NonNullable<T[Key]>;

export type PodTemplate = Field<ModelRolloutSpec, "template">;
export type Model = Field<ModelRolloutSpec, "model">;
export type Traffic = ModelRolloutSpec["traffic"];
export type RollingUpdateTraffic = Field<Traffic, "rollingUpdate">;
export type AlbTraffic = Field<Traffic, "alb">;
export type AppMeshTraffic = Field<Traffic, "appMesh">;
export type Strategy = ModelRolloutSpec["strategy"];
export type Step = Field<Strategy, "steps">[number];
export type CanaryReplicas = Field<Strategy, "canaryReplicas">;
export type Analysis = Field<ModelRolloutSpec, "analysis">;
export type AlarmSpec = Field<Analysis, "alarms">[number];
export type OnAlarm = Field<AlarmSpec, "onAlarm">;
export type OnInsufficientData = Field<AlarmSpec, "onInsufficientData">;

export type ModelRolloutStatus = DeepReadonly<Static<typeof statusSchema>>;
export type { State } from "./status.ts";
export type RoleStatus = Field<ModelRolloutStatus, "stable">;
export type StepStatus = Field<ModelRolloutStatus, "step">;
export type WeightStatus = Field<ModelRolloutStatus, "weight">;
export type TargetStatus = Field<ModelRolloutStatus, "targets">[number];
export type AlarmStatus = Field<ModelRolloutStatus, "alarms">[number];
export type Intent = Field<ModelRolloutStatus, "intent">;
export type RollbackStatus = Field<ModelRolloutStatus, "rollback">;
export type LastHandled = Field<ModelRolloutStatus, "lastHandled">;
export type HistoryEntry = Field<ModelRolloutStatus, "history">[number];
export type Outcome = HistoryEntry["outcome"];
export type Condition = Field<ModelRolloutStatus, "conditions">[number];
export type { ConditionType } from "./conditions.ts";
export type { Reason } from "./reasons.ts";
