import type { ModelRolloutStatus } from "../../../src/api/types.ts";
import type { Plan } from "../../../src/core/plan-data.ts";
import { Story } from "../commands.ts";
import { timeOfDay } from "../narrate.ts";
import type { Turn } from "../operator.ts";

const json = (value: unknown) => JSON.stringify(value).replaceAll("2026-01-05T", "").replaceAll(".000Z", "");

/** Every field with its value: `weight.acknowledged: 10`; an entry of a list is one line. */
function* fields(value: unknown, path: string): Generator<readonly [string, string]> {
  if (Array.isArray(value) && value.some(isRecord)) {
    for (const [place, entry] of value.entries()) yield [`${path}.${nameOf(entry, place)}`, inline(entry)];
  } else if (isRecord(value)) {
    for (const [key, inner] of sorted(value)) {
      yield* fields(inner, path === "" ? key : `${path}.${key}`);
    }
  } else yield [path, json(value)];
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** In the order of their names: in which order core puts them says nothing. */
const sorted = (value: Readonly<Record<string, unknown>>) =>
  Object.entries(value).sort(([one], [two]) => one.localeCompare(two));

const inline = (entry: Readonly<Record<string, unknown>>) =>
  sorted(entry)
    .map(([key, value]) => `${key} ${json(value)}`)
    .join(", ");

/** Alarms, targets and revisions go by their name, the rest by its place. */
function nameOf({ name, id, revision }: Readonly<Record<string, unknown>>, place: number): string {
  return [name, id, revision].find((text) => typeof text === "string") ?? `${place}`;
}

/** `Ready: False Starting "…" since 10:03:00`; where two say the same, the second points to the first. */
function* conditionLines(status: ModelRolloutStatus): Generator<readonly [string, string]> {
  const first = status.conditions?.find(({ type }) => type === "Ready");
  for (const condition of status.conditions ?? []) {
    const { type, status: truth, reason, message, lastTransitionTime, observedGeneration } = condition;
    const same = condition !== first && reason === first?.reason && message === first.message;
    const said = same ? "as Ready" : `${reason} ${json(message)}`;
    const seen = observedGeneration === status.observedGeneration ? "" : ` of ${observedGeneration}`;
    yield [type, `${truth} ${said} since ${json(lastTransitionTime)}${seen}`];
  }
}

function linesOf({ status, explain, watch }: Plan): ReadonlyMap<string, string> {
  const { conditions: _own, ...rest } = JSON.parse(JSON.stringify(status)) as ModelRolloutStatus;
  const gates = explain.map(
    ({ gate, passed, message }) => [`gate ${gate}`, `${passed ? "open" : "shut"}, ${message}`] as const,
  );
  const { alarms, traffic, health } = watch;
  const watched = `alarms ${alarms}, traffic ${traffic}, health ${health}`;
  return new Map([...fields(rest, ""), ...conditionLines(status), ...gates, ["watch", watched]]);
}

/** What of a plan is new, in lines: status field by field, why, what is done, and when it is looked at again. */
class Ledger {
  #known: ReadonlyMap<string, string> = new Map();
  readonly #lines: string[] = [];

  hear({ at, plan, failure }: Turn): void {
    const before = this.#known;
    this.#known = linesOf(plan);
    const { requeueAfter, urgent, events, actions } = plan;
    const news = [
      ...[...this.#known].flatMap(([key, text]) => (before.get(key) === text ? [] : [`  ${key}: ${text}`])),
      ...[...before.keys()].flatMap((key) => (this.#known.has(key) ? [] : [`  ${key}: gone`])),
      ...actions.map((action) => `  - ${inline({ ...action })}${urgent ? " !" : ""}`),
      ...(failure === undefined ? [] : [`    failed: ${failure}`]),
      ...events.map(({ type, reason, action, note }) => `  * ${type} ${reason} (${action}): ${note}`),
    ];
    if (news.length === 0) return;
    const wake = requeueAfter === undefined ? "" : `, again after ${requeueAfter} ms`;
    this.#lines.push(`${timeOfDay(at)}${wake}`, ...news);
  }

  take(): readonly string[] {
    return this.#lines.splice(0);
  }
}

/** Plays a story as scenarios.test.ts does, but prints all that each plan says. */
export function playInFull(text: string): string {
  const story = new Story();
  const ledger = new Ledger();
  story.narrator.hear = (turn) => ledger.hear(turn);
  const out: string[] = [];
  for (const line of text.split("\n")) {
    if (line.startsWith("> ")) {
      story.run(line.slice(2));
      const silent = line.startsWith("> given");
      const told = ledger.take();
      out.push(line, ...(silent ? [] : told));
    } else if (line.startsWith("#") || line === "") out.push(line);
  }
  return out.join("\n");
}
