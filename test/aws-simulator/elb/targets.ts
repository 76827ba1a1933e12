import type {
  DeregisterTargetsInput,
  DescribeTargetHealthInput,
  DescribeTargetHealthOutput,
  RegisterTargetsInput,
  TargetDescription,
  TargetHealth,
  TargetHealthDescription,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import {
  type OperationContext,
  type Operations,
  read,
  ServiceError,
  validationError,
  write,
} from "../operation.ts";
import { targetGroupByArn, targetKey, targetsOf, usedBy } from "./lookup.ts";
import type { TargetGroupRecord, TargetRecord } from "./records.ts";

const MAX_TARGETS = 1000;

const INITIAL: TargetHealth = {
  State: "initial",
  Reason: "Elb.InitialHealthChecking",
  Description: "Initial health checks in progress",
};
const DRAINING: TargetHealth = {
  State: "draining",
  Reason: "Target.DeregistrationInProgress",
  Description: "Target deregistration is in progress",
};
const UNUSED: TargetHealth = {
  State: "unused",
  Reason: "Target.NotInUse",
  Description: "Target group is not configured to receive traffic from the load balancer",
};
const UNHEALTHY: TargetHealth = {
  State: "unhealthy",
  Reason: "Target.FailedHealthChecks",
  Description: "Health checks failed",
};
const NOT_REGISTERED: TargetHealth = {
  State: "unused",
  Reason: "Target.NotRegistered",
  Description: "Target is not registered to the target group",
};

/** What DescribeTargetHealth says of a target in a group that is, or is not, named by a rule. */
export const healthOf = (target: TargetRecord, inUse: boolean): TargetHealth => {
  if (target.deregisteredAt !== undefined) return DRAINING;
  if (!inUse) return UNUSED;
  if (target.health === "initial") return INITIAL;
  return target.health === "healthy" ? { State: "healthy" } : UNHEALTHY;
};

const named = (
  group: TargetGroupRecord,
  given: TargetDescription,
): Pick<TargetRecord, "groupArn" | "id" | "port"> => {
  if (given.Id === undefined || given.Id === "") throw validationError("A target ID must be specified");
  return { groupArn: group.arn, id: given.Id, port: given.Port ?? group.port };
};

const describe = (target: TargetRecord, health: TargetHealth): TargetHealthDescription => ({
  Target: {
    Id: target.id,
    Port: target.port,
    ...(target.availabilityZone !== undefined && { AvailabilityZone: target.availabilityZone }),
  },
  HealthCheckPort: String(target.port),
  TargetHealth: health,
});

const register = ({ state: { elb }, now }: OperationContext, input: RegisterTargetsInput) => {
  const group = targetGroupByArn(elb, input.TargetGroupArn);
  if (!input.Targets?.length) throw validationError("At least one target must be specified");
  const asked = input.Targets.map((given) => ({
    ...named(group, given),
    availabilityZone: given.AvailabilityZone,
  }));
  const known = new Set([...targetsOf(elb, group.arn), ...asked].map(targetKey));
  if (known.size > MAX_TARGETS) {
    throw new ServiceError("TooManyTargets", "You've reached the limit on the number of targets");
  }
  for (const { availabilityZone, ...target } of asked) {
    const existing = elb.targets.get(targetKey(target));
    if (existing && existing.deregisteredAt === undefined) continue;
    elb.targets.set(targetKey(target), {
      ...target,
      ...(availabilityZone !== undefined && { availabilityZone }),
      registeredAt: now,
      health: "initial",
      streak: 0,
    });
  }
  return {};
};

const deregister = ({ state: { elb }, now }: OperationContext, input: DeregisterTargetsInput) => {
  const group = targetGroupByArn(elb, input.TargetGroupArn);
  if (!input.Targets?.length) throw validationError("At least one target must be specified");
  const instant =
    group.attributes["deregistration_delay.timeout_seconds"] === "0" || !usedBy(elb).has(group.arn);
  for (const given of input.Targets) {
    const asked = named(group, given);
    const leaving = targetsOf(elb, group.arn).filter(
      (target) => target.id === asked.id && (given.Port === undefined || target.port === asked.port),
    );
    for (const target of leaving) {
      if (instant) elb.targets.delete(targetKey(target));
      else if (target.deregisteredAt === undefined)
        elb.targets.set(targetKey(target), { ...target, deregisteredAt: now });
    }
  }
  return {};
};

/** Registration and health of targets. Deregistering an unknown target succeeds, as in AWS. */
export const targetOperations: Operations = {
  RegisterTargets: write(register),
  DeregisterTargets: write(deregister),

  DescribeTargetHealth: read(
    ({ state: { elb } }, input: DescribeTargetHealthInput): DescribeTargetHealthOutput => {
      const group = targetGroupByArn(elb, input.TargetGroupArn);
      const inUse = usedBy(elb).has(group.arn);
      if (!input.Targets?.length) {
        const all = targetsOf(elb, group.arn);
        return { TargetHealthDescriptions: all.map((target) => describe(target, healthOf(target, inUse))) };
      }
      return {
        TargetHealthDescriptions: input.Targets.map((given) => {
          const asked = named(group, given);
          const found = elb.targets.get(targetKey(asked));
          if (found) return describe(found, healthOf(found, inUse));
          return describe({ ...asked, registeredAt: 0, health: "initial", streak: 0 }, NOT_REGISTERED);
        }),
      };
    },
  ),
};
