import type { ExitName } from "../exit-codes.ts";
import { Problem } from "../problem.ts";
import type { Task } from "../task.ts";
import { printable } from "../text/line.ts";
import { act, type Verb } from "./act.ts";

/** Reads the object, and writes what the verb comes to for it as it is now. Throws Problem. */
export async function runAct(verb: Verb, { argument, flags, surroundings }: Task): Promise<ExitName> {
  const cluster = await surroundings.connect(flags);
  try {
    const rollout = await cluster.get(argument);
    const decided = act(verb, rollout);
    if (decided.kind === "refused") {
      throw new Problem("refused", `${argument}: ${decided.message}`, decided.hints);
    }
    const patch = decided.kind === "patch" ? decided.patch : undefined;
    if (patch !== undefined) await cluster.patch(argument, patch);
    const { out, err } = surroundings;
    if (flags.output === "json") {
      const { name, namespace } = rollout.metadata;
      const answer = {
        name,
        namespace,
        verb,
        changed: patch !== undefined,
        ...patch,
        said: decided.said,
      };
      out.write(`${JSON.stringify(answer, undefined, 2)}\n`);
      return "ok";
    }
    out.write(`${argument}: ${printable(decided.said)}\n`);
    const hints = decided.kind === "patch" ? decided.hints : [];
    const watch = `See what comes of it: kubectl modelrollout status ${argument}${cluster.scope} -w`;
    for (const hint of [...hints, watch]) err.write(`  ${hint}\n`);
    return "ok";
  } finally {
    await cluster.close();
  }
}
