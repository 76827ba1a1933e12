import { createAws } from "../../src/aws/clients.ts";
import { createLeapingClock } from "../aws-simulator/clock.ts";
import { startSimulator } from "../aws-simulator/simulator.ts";
import { alarmsContract } from "./alarms-contract.ts";
import { testBudgets, testCredentials } from "./alb-simulator-world.ts";

alarmsContract("the AWS simulator", {}, async () => {
  const clock = createLeapingClock();
  const simulator = await startSimulator({ clock });
  const aws = createAws({
    version: "contract",
    endpoint: simulator.endpoint,
    credentials: testCredentials,
    budgets: testBudgets,
  });
  return {
    aws,
    async put(name, { type = "MetricAlarm", state = "OK", period = 60, evaluationPeriods = 1 } = {}) {
      const config = type === "MetricAlarm" ? { Period: period, EvaluationPeriods: evaluationPeriods } : {};
      simulator.alarms.put(name, { type, state, config });
    },
    set: async (name, state) => simulator.alarms.set(name, state),
    delete: async (name) => {
      simulator.alarms.delete(name);
    },
    breakEvaluation: (name, state) => simulator.alarms.setEvaluationState(name, state),
    fault: (fault, operation, times) =>
      simulator.faults.add({ ...fault, operation, ...(times === undefined ? {} : { times }) }),
    calls: (operation, mark) =>
      simulator.callsOf(operation).filter((call) => JSON.stringify(call.input).includes(mark)).length,
    pass: () => clock.leap(5_000),
    async stop() {
      aws.destroy();
      await simulator.stop();
    },
  };
});
