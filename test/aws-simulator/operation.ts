import type { RegionState } from "./world.ts";

/** The services one port answers for, by the name in a request's signing scope. */
export type ServiceName = "elasticloadbalancing" | "monitoring" | "appmesh" | "sts";

/** A decoded request or an answer before it is encoded: plain data, with `Date` for timestamps. */
export type Fields = Readonly<Record<string, unknown>>;

/** How the simulated services behave in time. All in milliseconds. */
export interface Timing {
  /** Between two health checks of a target. Default 100. */
  readonly healthCheckIntervalMs: number;
  /** Successful checks until `healthy`, from `initial` and from `unhealthy`. Default 3. */
  readonly healthyThreshold: number;
  /** Failed checks until `unhealthy`. Default 2. */
  readonly unhealthyThreshold: number;
  /** What a new target group gets as `deregistration_delay.timeout_seconds`. Default "300", as in AWS. */
  readonly deregistrationDelaySeconds: string;
}

/** What an operation is given besides its input. */
export interface OperationContext {
  readonly state: RegionState;
  readonly now: number;
  readonly account: string;
  readonly region: string;
  readonly timing: Timing;
  /** Lower-case hexadecimal digits, unique enough for ARNs. */
  readonly newId: (length?: number) => string;
}

/** One operation of a service. Reads may be answered from the past; writes never. */
export interface Operation {
  readonly kind: "read" | "write";
  run(context: OperationContext, input: Fields): Fields;
}

/** All operations of one service, by the name the SDK uses. */
export type Operations = Readonly<Record<string, Operation>>;

type Run<I, O> = (context: OperationContext, input: I) => O;

/** An operation that changes nothing. */
export const read = <I, O>(run: Run<I, O>): Operation => ({
  kind: "read",
  run: run as unknown as Operation["run"],
});

/** An operation that changes state. */
export const write = <I, O>(run: Run<I, O>): Operation => ({
  kind: "write",
  run: run as unknown as Operation["run"],
});

/** An error as the service reports it. `code` is the wire code, without namespace. */
export class ServiceError extends Error {
  readonly code: string;
  readonly status: number;

  constructor(code: string, message: string, status = 400) {
    super(message);
    this.name = "ServiceError";
    this.code = code;
    this.status = status;
  }
}

/** The error of Query and Query-compatible services for a request that breaks a constraint. */
export const validationError = (message: string): ServiceError =>
  new ServiceError("ValidationError", message);
