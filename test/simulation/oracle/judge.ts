import type { AwsWrite } from "../aws/port.ts";
import type { KubeWrite } from "../kube/port.ts";
import type { World } from "../world.ts";

export interface JudgeOptions {
  readonly world: World;
  readonly alarmPollMs: number;
  readonly driftPollMs: number;
  /** Nobody breaks pods or writes what is the operator's in this run. */
  readonly gentle: boolean;
  /** Nothing is lost, late or refused, and nobody kills or freezes replicas. */
  readonly reachable: boolean;
  readonly violated: (invariant: string, what: string) => void;
}

/** Judges what one way of moving traffic does to the world. */
export interface Judge {
  /** Just before the API server carries a write out. */
  reaches(): void;
  /** It has done so. `what` names the write for people. */
  applied(write: KubeWrite, what: string): void;
  /** A write is being sent to AWS. */
  sendingAws(write: AwsWrite, what: string): void;
  /** Just before the service carries it out. */
  reachesAws(): void;
  appliedAws(write: AwsWrite, what: string): void;
  /** After every event that may have changed who gets requests. */
  check(): void;
}

/** How much later than it happens the operator may learn of something: two polls, the reads, the way of the write. */
export const SLACK_MS = 12_000;
