import {
  CloudWatchClient,
  DeleteAlarmsCommand,
  PutMetricAlarmCommand,
  SetAlarmStateCommand,
} from "@aws-sdk/client-cloudwatch";
import { describe, it } from "vitest";
import { createAws } from "../../src/aws/clients.ts";
import { alarmsContract } from "./alarms-contract.ts";
import type { AlarmWorld } from "./alarms-world.ts";
import { testBudgets, testCredentials } from "./alb-simulator-world.ts";
import { prepareMoto, startMoto } from "./moto.ts";

const cannot = {
  faults: "moto has no throttling, refusals, delays or lost answers",
  calls: "moto keeps no log of calls",
  types: "moto has metric alarms only",
  evaluation: "moto has no EvaluationState",
  transitions: "moto has no StateTransitionedTimestamp and no DescribeAlarmHistory",
} as const;

const nothing = (what: string): never => {
  throw new Error(`moto cannot do this: ${what}`);
};

async function start(python: string): Promise<AlarmWorld> {
  const moto = await startMoto(python);
  const settings = { endpoint: moto.endpoint, credentials: testCredentials };
  const client = new CloudWatchClient({ ...settings, region: "us-east-1" });
  const aws = createAws({ version: "contract", ...settings, budgets: testBudgets });
  const set: AlarmWorld["set"] = async (AlarmName, StateValue) => {
    await client.send(new SetAlarmStateCommand({ AlarmName, StateValue, StateReason: "test" }));
  };
  return {
    aws,
    async put(AlarmName, { state = "OK", period = 60, evaluationPeriods = 1 } = {}) {
      await client.send(
        new PutMetricAlarmCommand({
          AlarmName,
          Namespace: "Test",
          MetricName: "Errors",
          Statistic: "Sum",
          Period: period,
          EvaluationPeriods: evaluationPeriods,
          Threshold: 1,
          ComparisonOperator: "GreaterThanOrEqualToThreshold",
        }),
      );
      await set(AlarmName, state);
    },
    set,
    async delete(name) {
      await client.send(new DeleteAlarmsCommand({ AlarmNames: [name] }));
    },
    breakEvaluation: () => nothing("evaluation"),
    fault: () => nothing("faults"),
    calls: () => nothing("calls"),
    pass: () => nothing("transitions"),
    async stop() {
      aws.destroy();
      client.destroy();
      await moto.stop();
    },
  };
}

const prepared = await prepareMoto();

if ("missing" in prepared) {
  describe.skip(`NOT RUN against moto: ${prepared.missing}`, () => {
    it("alarms contract: moto", () => {});
  });
  console.warn(`\n!!! The alarms contract was NOT run against moto: ${prepared.missing}\n`);
} else {
  alarmsContract("moto", cannot, () => start(prepared.python));
}
