import type { ExitName } from "../exit-codes.ts";
import type { Task } from "../task.ts";
import { paint } from "../text/line.ts";
import { historyLines, historyView } from "./history.ts";

/** Prints the last releases. Throws Problem. */
export async function runHistory({ argument, flags, surroundings }: Task): Promise<ExitName> {
  const cluster = await surroundings.connect(flags);
  try {
    const view = historyView(await cluster.get(argument));
    const { out, clock } = surroundings;
    const text =
      flags.output === "json"
        ? JSON.stringify(view, undefined, 2)
        : historyLines(view, clock.now())
            .map((line) => paint(line, out.colour))
            .join("\n");
    out.write(`${text}\n`);
    return "ok";
  } finally {
    await cluster.close();
  }
}
