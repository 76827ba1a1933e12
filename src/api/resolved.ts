/** A spec with every default filled in, unions told apart by `kind`, and durations in milliseconds. */
import type {
  AlbTraffic,
  CanaryReplicas,
  Model,
  OnAlarm,
  OnInsufficientData,
  PodTemplate,
  RollingUpdateTraffic,
} from "./types.ts";

export interface ResolvedSpec {
  readonly workload: ResolvedWorkload;
  readonly traffic: ResolvedTraffic;
  readonly model?: Model;
  readonly strategy: ResolvedStrategy;
  readonly alarms: readonly ResolvedAlarm[];
  /** Blind for this long, a release is taken back. */
  readonly unreadableRollbackAfterMs: number;
  readonly paused: boolean;
}

/** Pods made from `spec.template`. */
interface OwnedPods {
  readonly replicas: number;
  readonly matchLabels: Readonly<Record<string, string>>;
  readonly template: PodTemplate;
}

export type ResolvedWorkload =
  /** Two Deployments, NAME-a and NAME-b. */
  | ({ readonly kind: "slots" } & OwnedPods)
  /** One Deployment, NAME, rolled in place. */
  | ({ readonly kind: "owned" } & OwnedPods)
  /** Somebody's Deployment, rolled in place. */
  | { readonly kind: "adopted"; readonly name: string }
  /** The targets live outside. */
  | { readonly kind: "outside"; readonly destination: string };

export interface ResolvedAlb {
  readonly kind: "alb";
  /** The one in the ARNs. */
  readonly region: string;
  /** ARNs of listener rules and listeners. */
  readonly rules: readonly string[];
  readonly targetGroups: AlbTraffic["targetGroups"];
  /** False also without a workload. */
  readonly bindTargets: boolean;
  /** Absent only when the operator makes no Services. */
  readonly service?: { readonly port: number; readonly targetPort: number | string };
  readonly binding?: NonNullable<AlbTraffic["binding"]>;
}

export interface ResolvedAppMesh {
  readonly kind: "appMesh";
  /** Absent when neither the spec nor the operator has one. */
  readonly region?: string;
  readonly meshName: string;
  readonly virtualRouterName: string;
  readonly routeName: string;
  readonly virtualNodes: { readonly a: string; readonly b: string };
}

export type ResolvedTraffic =
  | ResolvedAlb
  | ResolvedAppMesh
  /** Absent values: the Deployment's own, or 25% when the operator owns it. */
  | ({ readonly kind: "rollingUpdate" } & RollingUpdateTraffic);

export interface ResolvedStep {
  readonly weight: number;
  readonly holdMs: number;
  readonly approval: boolean;
  /** The last step, not written by the user. */
  readonly implied: boolean;
}

export interface ResolvedStrategy {
  /** The last one has weight 100. */
  readonly steps: readonly ResolvedStep[];
  readonly stepTimeoutMs: number;
  readonly retainMs: number;
  readonly drainMs: number;
  readonly canaryReplicas: CanaryReplicas;
  /** `rollback.minAvailable`, 0-100. */
  readonly minAvailablePercent: number;
}

export interface ResolvedAlarm {
  readonly name: string;
  /** Absent when neither the alarm, the traffic nor the operator has one: then it is unreadable. */
  readonly region?: string;
  readonly onAlarm: OnAlarm;
  readonly onInsufficientData: OnInsufficientData;
  readonly destination?: string;
}
