import type { Destination, HealthRead, RouterRead } from "../core/observed.ts";

/** An absolute request: what every target shall carry. */
export interface WeightsWrite {
  /** Percent of each destination, whole, summing to 100. */
  readonly weights: Readonly<Record<Destination, number>>;
  /**
   * keep: write back what was read. off: no group stickiness. A number: on, with that many seconds.
   * Only the emptying of a group ever changes it (design, "Sticky cookies").
   */
  readonly stickiness: "keep" | "off" | number;
  /** Write only these target ids; absent: all of them. */
  readonly only?: readonly string[];
  /**
   * raise: one attempt within 3 s, never repeated inside the call, and refused unless the target still reads
   * what `expected` says. rollback: a client and budget of its own; goes on from the last known action when
   * the read before it fails.
   */
  readonly purpose: "raise" | "repair" | "rollback" | "restore";
  /** For a raise: the share (percent of `canary`) that was acknowledged before, per target. */
  readonly expected?: { readonly destination: Destination; readonly share: number };
}

/**
 * One way to move traffic, bound to one rollout's targets. Every router passes test/contract.
 * Neither verb throws for a target that could not be read or written: the problem is in its TargetRead.
 */
export interface TrafficRouter {
  /** Short name for people, e.g. `ALB 1 rule`. */
  readonly description: string;
  /** What everybody who moves traffic this way must know, in one line; said in the condition TrafficSettled. */
  readonly notice?: string;
  /**
   * What tells whether a destination can take its weight. targets: the service checks them, and `health` has its answer.
   * pods: it has none to ask about; Ready pods count, and what runs outside cannot be seen.
   */
  readonly capacity: "targets" | "pods";
  /** Requests of the whole fleet that stand in line before one for capacity that this router would make now. */
  readonly waiting: number;
  /**
   * What the targets carry; an answer younger than `maxAgeMs` may be given again. `priority` is drift for the checks
   * of idle rollouts, which wait when requests are scarce; absent: those of active ones go first. `weightsOnly`: who owns
   * a target is judged if that is known already, else it is not asked for; before a raise it always is. With drift it is
   * asked for only with `owners`: a start that was refused for it stays refused. `onLate` is called when something has
   * come that the signal did not wait for: it is kept, and the next read finds it.
   */
  read(options: {
    readonly maxAgeMs: number;
    readonly signal?: AbortSignal;
    readonly priority?: "drift";
    readonly weightsOnly?: boolean;
    readonly owners?: boolean;
    readonly onLate?: () => void;
  }): Promise<RouterRead>;
  /** Writes absolute weights to every target, each on its own, then reads all back. */
  write(request: WeightsWrite, signal?: AbortSignal): Promise<RouterRead>;
  /**
   * Health of each destination's targets. Problems are in the answer; undefined where pods are the capacity. `priority`
   * is drift for reads that only guard, and wait when requests are scarce. `onLate` is told what has come that the
   * signal did not wait for.
   */
  health(options: {
    readonly maxAgeMs: number | Readonly<Record<Destination, number>>;
    readonly signal?: AbortSignal;
    readonly priority?: "drift";
    readonly onLate?: (destination: Destination, read: HealthRead) => void;
  }): Promise<Readonly<Record<Destination, HealthRead>> | undefined>;
  /** Frees polls and cached reads of this rollout. */
  close(): void;
}
