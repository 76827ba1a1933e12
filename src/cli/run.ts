import { type Verb, verbs } from "./act/act.ts";
import { runAct } from "./act/command.ts";
import type { CommandName } from "./arguments/commands.ts";
import { commandHelp, overview } from "./arguments/help.ts";
import { parseInvocation } from "./arguments/parse.ts";
import { type ExitName, exitCodes } from "./exit-codes.ts";
import { runHistory } from "./history/command.ts";
import { runLint } from "./lint/command.ts";
import { runPlan } from "./plan/command.ts";
import { Problem } from "./problem.ts";
import { runStatus } from "./status/command.ts";
import type { Surroundings } from "./surroundings.ts";
import type { Task } from "./task.ts";
import { paint, printable, styled } from "./text/line.ts";

type Runner = (task: Task) => Promise<ExitName>;

const acting = Object.fromEntries(verbs.map((verb) => [verb, (task) => runAct(verb, task)])) as Record<
  Verb,
  Runner
>;

const runners: Readonly<Record<CommandName, Runner>> = {
  status: runStatus,
  history: runHistory,
  plan: runPlan,
  lint: runLint,
  ...acting,
};

/** Does what the command line asks for. Returns the exit code; never throws. */
export async function run(argv: readonly string[], surroundings: Surroundings): Promise<number> {
  return exitCodes[await outcome(argv, surroundings)].code;
}

async function outcome(argv: readonly string[], surroundings: Surroundings): Promise<ExitName> {
  const invocation = parseInvocation(argv);
  switch (invocation.kind) {
    case "help":
      surroundings.out.write(invocation.command === undefined ? overview() : commandHelp(invocation.command));
      return "ok";
    case "version":
      surroundings.out.write(`${surroundings.version}\n`);
      return "ok";
    case "wrong":
      for (const problem of invocation.problems) complain(surroundings, problem);
      return "usage";
    case "run": {
      const { command, argument, flags } = invocation;
      try {
        return await orInterrupted(runners[command]({ argument, flags, surroundings }), surroundings);
      } catch (error) {
        return failed(surroundings, error);
      }
    }
  }
}

/** Ctrl-C ends a call that does not come back; a command that follows something ends by itself, and sooner. */
async function orInterrupted(running: Promise<ExitName>, { signal, clock }: Surroundings): Promise<ExitName> {
  const over = Promise.withResolvers<ExitName>();
  let cancel = (): void => {};
  const interrupted = (): void => {
    cancel = clock.setTimer(() => over.resolve("interrupted"), 1_000);
  };
  signal.addEventListener("abort", interrupted, { once: true });
  try {
    return await Promise.race([running, over.promise]);
  } finally {
    signal.removeEventListener("abort", interrupted);
    cancel();
  }
}

function failed(surroundings: Surroundings, error: unknown): ExitName {
  if (error instanceof Problem) {
    complain(surroundings, error.message, error.hints);
    return error.exit;
  }
  if (surroundings.signal.aborted) return "interrupted";
  // A bug: whoever reports it needs the place.
  complain(surroundings, error instanceof Error ? (error.stack ?? error.message) : String(error));
  return "failed";
}

function complain({ err }: Surroundings, message: string, hints: readonly string[] = []): void {
  const lines = message
    .split("\n")
    .map((line, index) =>
      index === 0
        ? [styled("error: ", "red", "bold"), { text: printable(line) }]
        : [{ text: `  ${printable(line)}` }],
    );
  for (const line of [...lines, ...hints.map((hint) => [{ text: `  ${printable(hint)}` }])]) {
    err.write(`${paint(line, err.colour)}\n`);
  }
}
