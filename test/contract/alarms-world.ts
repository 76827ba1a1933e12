import type { Aws } from "../../src/aws/clients.ts";
import type { AlarmRead } from "../../src/core/observed.ts";
import type { Fault } from "./router-world.ts";

/** What an imitation of CloudWatch can be made to do. */
export type AlarmAbility = "faults" | "calls" | "types" | "evaluation" | "transitions";

/** CloudWatch, or what stands in for it, with the test's own hand on its alarms. */
export interface AlarmWorld {
  readonly aws: Aws;
  put(name: string, spec?: AlarmMaking): Promise<void>;
  set(name: string, state: NonNullable<AlarmRead["state"]>): Promise<void>;
  delete(name: string): Promise<void>;
  /** EVALUATION_ERROR and the like; undefined mends it. */
  breakEvaluation(name: string, state: "EVALUATION_ERROR" | "EVALUATION_FAILURE" | "PARTIAL_DATA"): void;
  fault(fault: Fault, operation: string, times?: number): { readonly hits: number; remove(): void };
  /** Calls of an operation whose input mentions `mark`. */
  calls(operation: string, mark: string): number;
  /** The service's clock goes on by some seconds. */
  pass(): void;
  stop(): Promise<void>;
}

/** How an alarm is made. */
export interface AlarmMaking {
  /** Default MetricAlarm. */
  readonly type?: "MetricAlarm" | "CompositeAlarm" | "LogAlarm";
  /** Default OK. */
  readonly state?: NonNullable<AlarmRead["state"]>;
  readonly period?: number;
  readonly evaluationPeriods?: number;
}

/** One sentence about alarms. */
export interface AlarmCase {
  readonly name: string;
  readonly needs?: readonly AlarmAbility[];
  readonly run: (world: AlarmWorld, mark: string) => Promise<void>;
}
