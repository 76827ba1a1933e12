import type { Cluster, RolloutObject } from "../cluster/cluster.ts";
import type { Surroundings } from "../surroundings.ts";
import { type Line, paint, printable, styled } from "../text/line.ts";
import { when } from "../text/when.ts";
import { changeLine } from "./change-line.ts";
import { type LiveDisplay, liveDisplay } from "./display.ts";
import { statusLines } from "./text.ts";
import { type StatusView, statusView } from "./view.ts";

export interface Following {
  readonly cluster: Cluster;
  readonly first: RolloutObject;
  readonly surroundings: Surroundings;
  readonly json: boolean;
  /** End by itself once nothing more happens without a person. */
  readonly untilSettled: boolean;
  readonly timeoutMs?: number;
}

export type FollowEnd = "ok" | "degraded" | "gone" | "timeout" | "interrupted";

/** How a hold's countdown ticks on a terminal. */
const TICK_MS = 1_000;

/** Shows every change: a terminal is redrawn, a pipe gets a line for each, `json` gets an object for each. */
export async function follow(following: Following): Promise<FollowEnd> {
  const { cluster, first, surroundings, timeoutMs } = following;
  const { clock, signal } = surroundings;
  const over = Promise.withResolvers<FollowEnd>();
  const stop = new AbortController();
  const teller = tellerOf(following);
  const changed = (rollout: RolloutObject | undefined): void => {
    if (rollout === undefined || rollout.metadata.uid !== first.metadata.uid) {
      over.resolve("gone");
      return;
    }
    const view = statusView(rollout);
    teller.show(view);
    const end = following.untilSettled ? settled(view) : undefined;
    if (end !== undefined) over.resolve(end);
  };
  const interrupted = (): void => over.resolve("interrupted");
  signal.addEventListener("abort", interrupted, { once: true });
  const cancel =
    timeoutMs === undefined ? () => {} : clock.setTimer(() => over.resolve("timeout"), timeoutMs);
  try {
    changed(first);
    const watcher = { changed, trouble: (message: string) => teller.trouble(message) };
    const watching = cluster.watch(first.metadata.name, watcher, stop.signal);
    const end = await Promise.race([over.promise, watching.then(() => over.promise)]);
    stop.abort();
    await watching;
    return end;
  } finally {
    stop.abort();
    cancel();
    signal.removeEventListener("abort", interrupted);
    teller.close();
  }
}

/** Whether nothing more happens without a person, and how it ended. A status of an older spec says nothing. */
function settled({ health }: StatusView): FollowEnd | undefined {
  if (health === "Healthy") return "ok";
  return health === "Degraded" ? "degraded" : undefined;
}

interface Teller {
  show(view: StatusView): void;
  trouble(message: string): void;
  close(): void;
}

function tellerOf(following: Following): Teller {
  const { json, surroundings } = following;
  if (json) return jsonTeller(surroundings);
  return surroundings.out.screen === undefined ? lineTeller(surroundings) : screenTeller(following);
}

function jsonTeller({ out, err }: Surroundings): Teller {
  let last = "";
  return {
    show: (view) => {
      const text = JSON.stringify(view);
      if (text !== last) out.write(`${text}\n`);
      last = text;
    },
    trouble: (message) => err.write(`connection lost: ${printable(message)}\n`),
    close: () => {},
  };
}

function lineTeller({ out, err, clock }: Surroundings): Teller {
  let last = "";
  return {
    show: (view) => {
      const text = paint(changeLine(view), out.colour);
      if (text !== last) out.write(`${when(new Date(clock.now()).toISOString(), clock.now())}  ${text}\n`);
      last = text;
    },
    trouble: (message) => err.write(`connection lost: ${printable(message)}\n`),
    close: () => {},
  };
}

/** Leaves the last picture behind, so that it can be read and copied afterwards. */
function screenTeller({ cluster, surroundings }: Following): Teller {
  const { out, clock } = surroundings;
  const screen = out.screen;
  if (screen === undefined) throw new Error("a screen is needed to draw on");
  const display: LiveDisplay = liveDisplay((text) => out.write(text), out.colour, screen);
  let latest: StatusView | undefined;
  let lost: string | undefined;
  const lines = (): readonly Line[] =>
    latest === undefined ? [] : statusLines(latest, { now: clock.now(), scope: cluster.scope });
  const draw = (): void => {
    const trouble: readonly Line[] =
      lost === undefined ? [] : [[], [styled(`connection lost: ${printable(lost)}`, "red")]];
    display.show([...lines(), ...trouble, [], [styled("Ctrl-C ends it", "dim")]]);
  };
  let cancel = (): void => {};
  const tick = (): void => {
    draw();
    cancel = clock.setTimer(tick, TICK_MS);
  };
  return {
    show: (view) => {
      const first = latest === undefined;
      latest = view;
      lost = undefined;
      if (first) tick();
      else draw();
    },
    trouble: (message) => {
      lost = message;
      draw();
    },
    close: () => {
      cancel();
      display.leave();
      for (const line of lines()) out.write(`${paint(line, out.colour)}\n`);
    },
  };
}
