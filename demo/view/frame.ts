import { column, cut, fit, type Line, type Span, type Style, width } from "./cells.ts";
import { clock, eventLines } from "./event-lines.ts";
import { pastLines } from "./past.ts";
import type { AlarmView, RolloutView, SlotView, Snapshot, StepsView } from "./snapshot.ts";
import { totalsText } from "./totals.ts";
import { wrapped } from "./wrapped.ts";

/** Size of the terminal in cells, and what the last line says. */
export interface FrameOptions {
  readonly columns: number;
  readonly rows: number;
  readonly hint: string;
}

/** Wider than this, lines get hard to read. */
const MAX_COLUMNS = 110;
const TITLE = "ModelRollout demo";
/** From this height on there is room for the past. */
const ROWS_WITH_PAST = 28;
/** At this width and above, the table has room for every column. */
const ROOMY = 78;

/** The whole screen: at most `rows` lines of at most `columns` cells. The events get what is left of the height. */
export function frame(snapshot: Snapshot, { columns, rows, hint }: FrameOptions): readonly Line[] {
  const cells = Math.max(1, Math.min(columns, MAX_COLUMNS));
  const body = cells - 2;
  const top = [
    title(snapshot, body),
    subtitle(snapshot),
    [],
    ...rolloutLines(snapshot, body),
    [],
    ...slotTable(snapshot, body),
    totalsLine(snapshot),
    [],
    ...alarmLines(snapshot.alarms),
    ...(rows < ROWS_WITH_PAST
      ? []
      : [[], heading("THE LAST MINUTE"), ...pastLines(snapshot.past ?? [], body)]),
  ];
  // A blank line and a heading before the events, a blank line and the hint after them.
  const room = rows - top.length - 4;
  const events =
    room < 1 ? [] : [[], heading("EVENTS"), ...eventLines(snapshot.events, snapshot.startedAt, body, room)];
  const filled = [...top, ...events].slice(0, Math.max(0, rows - 1));
  const blank: Line[] = Array.from({ length: Math.max(0, rows - 1 - filled.length) }, () => []);
  const all = [...filled, ...blank, [{ text: hint, style: ["dim"] } as Span]];
  return all.slice(0, Math.max(0, rows)).map((line) => fit([{ text: " " }, ...line], cells));
}

const heading = (text: string): Line => [{ text, style: ["dim"] }];

function title({ at, startedAt, scenery }: Snapshot, cells: number): Line {
  const long = `${TITLE}: model versions released ${scenery.place}`;
  const name = cells < long.length + 6 ? TITLE : long;
  const time = clock(at, startedAt);
  return [
    { text: name, style: ["bold"] },
    { text: time.padStart(Math.max(1, cells - name.length)), style: ["dim"] },
  ];
}

function subtitle({ act }: Snapshot): Line {
  return [
    { text: `${act.number}/${act.count}  `, style: ["cyan"] },
    { text: act.title, style: ["cyan", "bold"] },
  ];
}

const WORKING: readonly Style[] = ["yellow", "bold"];
const BAD: readonly Style[] = ["red", "bold"];

const stateStyles: Readonly<Partial<Record<string, readonly Style[]>>> = {
  Idle: ["green", "bold"],
  RollingBack: BAD,
  RolledBack: BAD,
  Blocked: BAD,
  Paused: ["magenta", "bold"],
  AwaitingApproval: ["magenta", "bold"],
};

function rolloutLines({ rollout, at }: Snapshot, cells: number): readonly Line[] {
  if (rollout === undefined) return [[{ text: "waiting for the first version", style: ["dim"] }], [], []];
  const state = rollout.state ?? "new";
  const first: Span[] = [
    { text: `${rollout.name} ` },
    { text: state, style: stateStyles[state] ?? WORKING },
    ...(rollout.steps === undefined || isBackward(state) ? [] : stepSpans(rollout.steps, state, at)),
  ];
  return [first, ...messageLines(rollout, cells)];
}

/** Steps mean nothing on the way back. */
const isBackward = (state: string): boolean =>
  state === "RollingBack" || state === "RolledBack" || state === "Deleting";

/** Always two lines, so that nothing below moves. */
function messageLines({ message = "", awaiting }: RolloutView, cells: number): readonly Line[] {
  const [first = "", second = ""] = wrapped(message, cells, 2);
  if (awaiting !== undefined && second === "")
    return [
      [{ text: first }],
      [{ text: `waits for modelrollout.dev/approve: ${awaiting}`, style: ["magenta"] }],
    ];
  return [[{ text: first }], [{ text: second }]];
}

function stepSpans({ index, weights, holdUntil }: StepsView, state: string, at: number): readonly Span[] {
  const marks = weights.flatMap((weight, step): Span[] => {
    if (step < index)
      return [
        { text: "  ✓ ", style: ["green"] },
        { text: `${weight} %`, style: ["dim"] },
      ];
    if (step > index) return [{ text: `  ○ ${weight} %`, style: ["dim"] }];
    return [{ text: `  ● ${weight} %`, style: WORKING }];
  });
  const left = holdUntil === undefined || state !== "Holding" ? 0 : Math.ceil((holdUntil - at) / 1000);
  const countdown: Span[] = left > 0 ? [{ text: `   next in ${left} s` }] : [];
  return [{ text: "  steps", style: ["dim"] }, ...marks, ...countdown];
}

/** Columns from the left: slot, version, role, bar, share, pods, requests/s, errors; the bar takes what is left. */
interface TableWidths {
  readonly slot: number;
  readonly version: number;
  readonly role: number;
  readonly bar: number;
  readonly roomy: boolean;
}

const NUMBERS = { share: 6, pods: 7, rate: 8, errors: 9 };

function tableWidths({ slots, scenery }: Snapshot, cells: number): TableWidths {
  const slot = scenery.sharedBy === "weights" ? 3 : 0;
  const longest = Math.max(7, ...slots.map(({ version }) => width(version ?? "")));
  const version = Math.min(longest, Math.max(7, cells - 60)) + 1;
  const roomy = cells >= ROOMY;
  const role = cells < 50 ? 0 : 9;
  const numbers = NUMBERS.share + NUMBERS.pods + NUMBERS.errors + (roomy ? NUMBERS.rate : 0);
  return { slot, version, role, bar: Math.max(4, cells - slot - version - role - numbers), roomy };
}

function slotTable(snapshot: Snapshot, cells: number): readonly Line[] {
  const widths = tableWidths(snapshot, cells);
  const [long, short] = snapshot.scenery.shareHeading;
  const names =
    column("", widths.slot) +
    column("VERSION", widths.version) +
    column("", widths.role) +
    column(widths.bar <= long.length ? short : long, widths.bar + NUMBERS.share) +
    column("PODS", NUMBERS.pods, "right") +
    (widths.roomy ? column("REQ/S", NUMBERS.rate, "right") : "") +
    column("ERRORS", NUMBERS.errors, "right");
  return [heading(names), ...snapshot.slots.map((slot) => slotLine(slot, widths))];
}

const roleStyles: Readonly<Record<string, Style>> = { stable: "green", canary: "yellow", failed: "red" };

function slotLine(slot: SlotView, widths: TableWidths): Line {
  const failing = (slot.errorRate ?? 0) > 0;
  const tone = failing ? "red" : roleStyles[slot.role ?? ""];
  const style: readonly Style[] = tone === undefined ? ["dim"] : [tone];
  const { ready, total } = slot.pods;
  return [
    { text: column(slot.slot, widths.slot), style: ["dim"] },
    { text: column(slot.version ?? "-", widths.version), style: tone === undefined ? style : [tone, "bold"] },
    { text: column(slot.role ?? "", widths.role), style },
    ...bar(slot.share ?? 0, widths.bar, style),
    { text: column(slot.share === undefined ? "?" : percent(slot.share), NUMBERS.share, "right") },
    {
      text: column(`${ready}/${total}`, NUMBERS.pods, "right"),
      ...(ready < total ? { style: ["yellow"] } : {}),
    },
    ...(widths.roomy ? [{ text: column(rate(slot.requestsPerSecond), NUMBERS.rate, "right") }] : []),
    {
      text: column(
        slot.errorRate === undefined ? "" : percent(slot.errorRate * 100),
        NUMBERS.errors,
        "right",
      ),
      ...(failing ? { style: BAD } : {}),
    },
  ];
}

/** A share above 0 always shows, and one below 100 is never full. */
function bar(share: number, cells: number, style: readonly Style[]): readonly Span[] {
  const exact = (Math.min(100, Math.max(0, share)) / 100) * cells;
  const full = share <= 0 ? 0 : share >= 100 ? cells : Math.min(cells - 1, Math.max(1, Math.round(exact)));
  return [
    { text: "█".repeat(full), style },
    { text: "░".repeat(cells - full), style: ["dim"] },
  ];
}

const percent = (value: number): string => `${Math.round(value)} %`;
const rate = (value: number): string => (value > 0 && value < 1 ? "<1" : String(Math.round(value)));

function totalsLine({ totals }: Snapshot): Line {
  return [{ text: totalsText(totals), style: ["dim"] }];
}

const alarmStyles: Readonly<Record<string, readonly Style[]>> = { OK: ["green"], ALARM: BAD };

function alarmLines(alarms: readonly AlarmView[]): readonly Line[] {
  const longest = Math.min(40, Math.max(0, ...alarms.map(({ name }) => width(name))));
  return [
    heading("CLOUDWATCH ALARMS"),
    ...alarms.map(({ name, state, about }): Line => {
      const style = alarmStyles[state] ?? ["yellow"];
      return [
        { text: "● ", style },
        { text: column(name, longest + 2) },
        { text: column(cut(state.replaceAll("_", " "), 17), 7), style },
        { text: `  ${about}`, style: ["dim"] },
      ];
    }),
  ];
}
