import { interruption } from "../test/control-plane/interruption.ts";
import { summaryOf } from "../test/world/rollouts.ts";
import { type DemoArguments, helpText, parseArguments } from "./arguments.ts";
import { InterruptedError, playShow, type Shown } from "./show.ts";
import { openStage, type Stage } from "./stage.ts";
import { problemsOf, summaryLines } from "./summary.ts";
import { liveDisplay } from "./terminal/live-display.ts";
import { plainDisplay } from "./terminal/plain-display.ts";
import { placesOf, thingsToTry } from "./things-to-try.ts";
import { type Line, paint } from "./view/cells.ts";

const INTERRUPTED = 130;
const hint = "Ctrl-C ends the demo and leaves nothing behind";

const print = (lines: readonly Line[]): void => {
  const colour = process.stdout.isTTY && process.stdout.hasColors();
  for (const line of lines) console.log(paint(line, colour));
};

/** Sets everything up, plays the show, says what it came to. @returns the exit code */
async function run({ keep, traffic }: Wish): Promise<number> {
  const abort = new AbortController();
  const stopped = interruption();
  void stopped.then(() => abort.abort());
  const start = performance.now();
  console.error("Starting a Kubernetes control plane, the AWS simulator and the operator …");
  const stage = await openStage(traffic);
  try {
    if (abort.signal.aborted) return INTERRUPTED;
    return await onStage(stage, performance.now() - start, { keep, signal: abort.signal, stopped });
  } finally {
    await stage.stop();
  }
}

type Wish = Omit<Extract<DemoArguments, { kind: "show" }>, "kind">;

interface Evening {
  readonly keep: boolean;
  readonly signal: AbortSignal;
  readonly stopped: Promise<unknown>;
}

async function onStage(stage: Stage, setupMs: number, { keep, signal, stopped }: Evening): Promise<number> {
  const { isTTY } = process.stdout;
  const lines = plainDisplay((line) => console.log(line));
  try {
    const shown = await playShow(stage, isTTY ? liveDisplay(process.stdout, hint) : lines, setupMs, signal);
    print([[], ...summaryLines(shown.outcome, process.stdout.columns || 100)]);
    if (keep) await stay(stage, shown, stopped);
    await shown.observer.stop();
    return problemsOf(shown.outcome).length === 0 ? 0 : 1;
  } catch (error) {
    if (error instanceof InterruptedError) {
      console.error("Stopping …");
      return INTERRUPTED;
    }
    console.error(`\nThe show broke off: ${error instanceof Error ? error.message : String(error)}`);
    explain(stage);
    return 1;
  }
}

/** Prints what changes, until Ctrl-C. */
async function stay(stage: Stage, { look }: Shown, stopped: Promise<unknown>): Promise<void> {
  print([[], ...thingsToTry(await placesOf(stage), stage.traffic.tries), []]);
  const told = plainDisplay((line) => console.log(line), look());
  const timer = setInterval(() => told.show(look()), 200);
  await stopped;
  clearInterval(timer);
  console.error("\nStopping …");
}

/** The last words of the operator, for whoever has to find out. */
function explain({ operator, rollout }: Stage): void {
  const said = operator.logs().slice(-10);
  console.error(`\n${summaryOf(rollout.latest)}\n\nThe operator's last lines:`);
  for (const line of said) console.error(JSON.stringify(line));
}

/** @returns the exit code */
async function main(): Promise<number> {
  const asked = parseArguments(process.argv.slice(2));
  if (asked.kind === "help") {
    process.stdout.write(helpText);
    return 0;
  }
  if (asked.kind === "wrong") {
    console.error(`demo: ${asked.problem}`);
    return 2;
  }
  return await run(asked);
}

// Explicitly: whoever listens for signals keeps the process alive.
try {
  process.exit(await main());
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
}
