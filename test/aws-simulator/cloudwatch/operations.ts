import type { Operations } from "../operation.ts";
import { describeAlarmOperations } from "./describe-alarms.ts";
import { metricDataOperations } from "./metric-data.ts";
import { putAlarmOperations } from "./put-alarms.ts";

/** Every CloudWatch operation the simulator knows. */
export const cloudWatchOperations: Operations = {
  ...describeAlarmOperations,
  ...putAlarmOperations,
  ...metricDataOperations,
};
