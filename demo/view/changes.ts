import { printable } from "./cells.ts";
import { clock } from "./event-lines.ts";
import type { Moment, SlotView, Snapshot } from "./snapshot.ts";

/** What is new since `before`, one line for each change, without anything that only a terminal understands. */
export function changes(before: Snapshot | undefined, now: Snapshot): readonly string[] {
  const at = clock(now.at, now.startedAt).padStart(5);
  const act =
    before?.act.number === now.act.number ? [] : ["", `${now.act.number}/${now.act.count} ${now.act.title}`];
  const told = [
    ...alarmChanges(before, now),
    ...stateChange(before, now),
    ...(now.scenery.sharedBy === "pods"
      ? shareOfPodsChange(before, now)
      : [...trafficChange(before, now), ...podChanges(before, now)]),
  ];
  const events = now.events
    .filter(({ id }) => before?.events.every((known) => known.id !== id) ?? true)
    .filter(({ note }) => note !== before?.rollout?.message && note !== now.rollout?.message)
    .map(
      (event) =>
        `${clock(event.at, now.startedAt).padStart(5)}  event    ${event.reason}: ${printable(event.note)}`,
    );
  return [...act, ...told.map((line) => `${at}  ${line}`), ...events];
}

function stateChange(before: Moment | undefined, { rollout }: Moment): readonly string[] {
  const last = before?.rollout;
  if (rollout?.state === undefined) return [];
  const same = last?.state === rollout.state && last.steps?.index === rollout.steps?.index;
  if (same && (last.reason === rollout.reason || last.message === rollout.message)) return [];
  const step =
    rollout.steps === undefined ? "" : ` ${rollout.steps.index + 1}/${rollout.steps.weights.length}`;
  return [`state    ${rollout.state}${step}: ${printable(rollout.message ?? rollout.reason ?? "")}`];
}

function trafficChange(before: Moment | undefined, now: Moment): readonly string[] {
  const shares = (moment: Moment | undefined): string =>
    (moment?.slots ?? [])
      .filter(({ share = 0 }) => share > 0)
      .map(({ version, slot, share = 0 }) => `${version ?? `slot ${slot}`} ${Math.round(share)} %`)
      .join(", ");
  const text = shares(now);
  return text === shares(before) || text === "" ? [] : [`traffic  ${text}`];
}

const settled = ({ pods }: SlotView): boolean => pods.ready === pods.total;

/** Traffic and pods are the same thing here: one line for both, when none is on its way. */
function shareOfPodsChange(before: Moment | undefined, { slots }: Moment): readonly string[] {
  const text = (sides: readonly SlotView[]): string =>
    sides
      .filter(({ pods }) => pods.total > 0)
      .map(
        ({ version, slot, share = 0, pods }) => `${version ?? slot} ${pods.ready} (${Math.round(share)} %)`,
      )
      .join(", ");
  const now = text(slots);
  return slots.every(settled) && now !== "" && now !== text(before?.slots ?? []) ? [`pods     ${now}`] : [];
}

function podChanges(before: Moment | undefined, now: Moment): readonly string[] {
  return now.slots
    .filter((slot) => {
      const last = before?.slots.find((each) => each.slot === slot.slot);
      const had = last?.pods ?? { ready: 0, total: 0 };
      return settled(slot) && (had.ready !== slot.pods.ready || had.total !== slot.pods.total);
    })
    .map(({ version, slot, pods }) => `pods     ${version ?? `slot ${slot}`}: ${pods.ready} ready`);
}

function alarmChanges(before: Moment | undefined, now: Moment): readonly string[] {
  return now.alarms
    .filter(({ name, state }) => before?.alarms.find((alarm) => alarm.name === name)?.state !== state)
    .map(({ name, state }) => `alarm    ${name}: ${state.replaceAll("_", " ")}`);
}
