import type { Figure } from "./figure.ts";
import { awsCalls } from "./figures/aws-calls.ts";
import { crowd } from "./figures/crowd.ts";
import { failover } from "./figures/failover.ts";
import { memory } from "./figures/memory.ts";
import { outage } from "./figures/outage.ts";
import { reaction } from "./figures/reaction.ts";
import { requests } from "./figures/requests.ts";
import { rest } from "./figures/rest.ts";
import { rollback } from "./figures/rollback.ts";
import { size } from "./figures/size.ts";
import { start } from "./figures/start.ts";

/** All figures, in the order in which they are taken and printed. */
export const figures: readonly Figure[] = [
  rollback,
  reaction,
  requests,
  rest,
  awsCalls,
  crowd,
  memory,
  start,
  failover,
  outage,
  size,
];
