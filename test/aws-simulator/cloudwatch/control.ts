import type { AlarmType, EvaluationState, StateValue } from "@aws-sdk/client-cloudwatch";
import type { Fields, OperationContext } from "../operation.ts";
import { storeAlarm } from "./put-alarms.ts";
import type { AlarmRecord } from "./records.ts";
import { transition } from "./transition.ts";

interface Place {
  readonly account?: string;
  readonly region?: string;
}

/** An alarm put by a test's own hand. */
export interface AlarmSpec extends Place {
  /** Default OK. */
  readonly state?: StateValue;
  /** Default MetricAlarm. */
  readonly type?: AlarmType;
  readonly reason?: string;
  /** Whether the clock evaluates it. Default false: it stays as it is set. */
  readonly evaluate?: boolean;
  /** Further fields as DescribeAlarms shows them. */
  readonly config?: Fields;
}

/** A test's own hand on alarms: in process, not logged, met by no fault. */
export interface AlarmControl {
  /** Creates or replaces an alarm of any type, log alarms included. Its history begins with its state. */
  put(name: string, spec?: AlarmSpec): void;
  /** As SetAlarmState; throws RangeError for an unknown name. */
  set(name: string, state: StateValue, reason?: string, place?: Place): void;
  /** Breaks the evaluation, or mends it with undefined. The state stands as it is. */
  setEvaluationState(name: string, state: EvaluationState | undefined, place?: Place): void;
  get(name: string, place?: Place): AlarmRecord | undefined;
  delete(name: string, place?: Place): void;
}

const DEFAULT_CONFIG: Fields = {
  Namespace: "Test",
  MetricName: "Errors",
  Statistic: "Sum",
  Period: 60,
  EvaluationPeriods: 1,
  Threshold: 1,
  ComparisonOperator: "GreaterThanOrEqualToThreshold",
  TreatMissingData: "missing",
};

/** Builds the control over the simulator's contexts. */
export const alarmControl = (contextFor: (place: Place) => OperationContext): AlarmControl => {
  const must = (name: string, place: Place): [AlarmRecord, OperationContext] => {
    const context = contextFor(place);
    const alarm = context.state.cloudwatch.alarms.get(name);
    if (!alarm) throw new RangeError(`there is no alarm '${name}'`);
    return [alarm, context];
  };
  return {
    put: (name, spec = {}) => {
      const context = contextFor(place(spec));
      const type = spec.type ?? "MetricAlarm";
      const config = spec.config ?? (type === "MetricAlarm" ? DEFAULT_CONFIG : {});
      const alarm = storeAlarm(context, { name, type, config, evaluate: spec.evaluate ?? false });
      const next = {
        state: spec.state ?? "OK",
        reason: spec.reason ?? `set to ${spec.state ?? "OK"}`,
      } as const;
      transition(context.state.cloudwatch, alarm, next, context.now);
    },
    set: (name, state, reason = `set to ${state}`, where = {}) => {
      const [alarm, context] = must(name, where);
      transition(context.state.cloudwatch, alarm, { state, reason }, context.now);
    },
    setEvaluationState: (name, state, where = {}) => {
      const [{ evaluationState: _old, ...rest }, context] = must(name, where);
      const next = { ...rest, stateUpdatedAt: context.now };
      context.state.cloudwatch.alarms.set(
        name,
        state === undefined ? next : { ...next, evaluationState: state },
      );
    },
    get: (name, where = {}) => contextFor(where).state.cloudwatch.alarms.get(name),
    delete: (name, where = {}) => contextFor(where).state.cloudwatch.alarms.delete(name),
  };
};

const place = ({ account, region }: Place): Place => ({
  ...(account !== undefined && { account }),
  ...(region !== undefined && { region }),
});
