import type { Cluster, RolloutObject } from "../cluster/cluster.ts";
import type { ExitName } from "../exit-codes.ts";
import { Problem } from "../problem.ts";
import type { Task } from "../task.ts";
import { paint } from "../text/line.ts";
import { follow } from "./follow.ts";
import { statusLines } from "./text.ts";
import { type StatusView, statusView } from "./view.ts";

/** Prints the status once, or follows it. Throws Problem. */
export async function runStatus(task: Task): Promise<ExitName> {
  const { argument, flags, surroundings } = task;
  const cluster = await surroundings.connect(flags);
  try {
    if (flags.watch === true || flags.wait === true) return await followed(task, cluster);
    const view = statusView(await cluster.get(argument));
    printOnce(task, cluster, view);
    return view.health === "Degraded" ? "degraded" : "ok";
  } finally {
    await cluster.close();
  }
}

function printOnce({ flags, surroundings }: Task, { scope }: Cluster, view: StatusView): void {
  const { out, clock } = surroundings;
  const text =
    flags.output === "json"
      ? JSON.stringify(view, undefined, 2)
      : statusLines(view, { now: clock.now(), scope })
          .map((line) => paint(line, out.colour))
          .join("\n");
  out.write(`${text}\n`);
}

async function followed(task: Task, cluster: Cluster): Promise<ExitName> {
  const { argument, flags, surroundings } = task;
  // A name that is not there is said at once, with the one that was probably meant.
  const first: RolloutObject = await cluster.get(argument);
  const end = await follow({
    cluster,
    first,
    surroundings,
    json: flags.output === "json",
    untilSettled: flags.wait === true && flags.watch !== true,
    ...(flags.timeout === undefined ? {} : { timeoutMs: flags.timeout }),
  });
  if (end === "gone") throw new Problem("notFound", `ModelRollout ${argument} was deleted`);
  if (end === "timeout") throw new Problem("timeout", `${argument} was not settled in time`);
  return end;
}
