import { formatDuration } from "../../api/duration.ts";
import { spoken } from "../../core/time.ts";
import { cut, type Line, plain, printable, type Span, type Style, styled } from "../text/line.ts";
import { table } from "../text/table.ts";
import { distance, when } from "../text/when.ts";
import type { Health } from "./health.ts";
import { nextCommands } from "./next.ts";
import type { AlarmView, StatusView, StepView, TargetView, VersionView } from "./view.ts";

export interface StatusTextOptions {
  /** Wall clock, for what is left of a hold. */
  readonly now: number;
  /** ` -n prod` where it must be said, else empty. */
  readonly scope: string;
}

const tones: Readonly<Record<Health, readonly Style[]>> = {
  Healthy: ["green", "bold"],
  Progressing: ["yellow", "bold"],
  Suspended: ["magenta", "bold"],
  Degraded: ["red", "bold"],
};

/** The whole status, for a person. */
export function statusLines(view: StatusView, { now, scope }: StatusTextOptions): readonly Line[] {
  const blocks: readonly (readonly Line[])[] = [
    [headLine(view), plain(printable(view.message))],
    releaseLines(view, now),
    versionTable(view.versions, now),
    stepTable(view.steps, now),
    alarmTable(view.alarms),
    targetTable(view.targets),
    nextCommands(view, scope).map(({ what, command }) => [styled(`${what}: `, "dim"), { text: command }]),
  ];
  return blocks
    .filter((block) => block.length > 0)
    .flatMap((block, index) => (index === 0 ? block : [[], ...block]));
}

function headLine({ name, namespace, health, state, steps, versions }: StatusView): Line {
  const step = steps.find(({ standing }) => standing === "present");
  const canary = versions.find(({ role }) => role === "canary");
  return [
    styled(name, "bold"),
    styled(` in ${namespace}  `, "dim"),
    { text: state ?? "New", style: tones[health] },
    ...(step === undefined ? [] : [{ text: `  step ${step.number}/${steps.length}` }]),
    ...(canary === undefined ? [] : [{ text: `  ${percent(canary.share)}` }]),
  ];
}

function releaseLines({ release, model, startedAt }: StatusView, now: number): readonly Line[] {
  if (release === undefined) return [];
  const of = model === undefined ? "" : ` of ${printable(model)}`;
  const since =
    startedAt === undefined ? "" : `, begun ${when(startedAt, now)} (${distance(startedAt, now)})`;
  return [[styled("release  ", "dim"), { text: `${release}${of}${since}` }]];
}

const roleTones: Readonly<Record<VersionView["role"], Style>> = {
  stable: "green",
  canary: "yellow",
  retained: "dim",
};

function versionTable(versions: readonly VersionView[], now: number): readonly Line[] {
  if (versions.length === 0) return [];
  const columns = [
    { title: "VERSION" },
    { title: "ROLE" },
    { title: "TRAFFIC", align: "right" as const },
    { title: "PODS", align: "right" as const },
    { title: "SLOT" },
    { title: "REVISION" },
    { title: "" },
  ];
  const rows = versions.map(({ role, name, revision, slot, share, pods, until }): Span[] => [
    styled(cut(printable(name), 30), roleTones[role]),
    styled(role, roleTones[role]),
    { text: percent(share) },
    pods === undefined
      ? { text: "" }
      : styled(`${pods.ready}/${pods.wanted}`, ...(pods.ready < pods.wanted ? (["yellow"] as const) : [])),
    { text: slot ?? "" },
    styled(revision, "dim"),
    styled(until === undefined ? "" : `kept until ${when(until, now)}`, "dim"),
  ]);
  return table(columns, rows);
}

const marks: Readonly<Record<StepView["standing"], Span>> = {
  done: styled("✓", "green"),
  present: styled("●", "yellow", "bold"),
  ahead: styled("○", "dim"),
};

function stepTable(steps: readonly StepView[], now: number): readonly Line[] {
  if (steps.length === 0) return [];
  const rows = steps.map((step): Span[] => [
    marks[step.standing],
    { text: String(step.number) },
    { text: percent(step.weight) },
    { text: `${formatDuration(step.holdMs)}${step.approval ? ", then an approval" : ""}` },
    { text: holdText(step, now) },
  ]);
  return table(
    [
      { title: "" },
      { title: "STEP", align: "right" },
      { title: "WEIGHT", align: "right" },
      { title: "HOLD" },
      { title: "" },
    ],
    rows,
  );
}

function holdText({ standing, holdUntil }: StepView, now: number): string {
  if (standing !== "present" || holdUntil === undefined) return "";
  const left = Date.parse(holdUntil) - now;
  return left > 0 ? `${spoken(left)} left` : "hold is over";
}

const stateTones: Readonly<Record<string, Style>> = { OK: "green", ALARM: "red" };
const verdictTones: Readonly<Record<string, Style>> = { Pass: "green", Fail: "red", Wait: "yellow" };

function alarmTable(alarms: readonly AlarmView[]): readonly Line[] {
  if (alarms.length === 0) return [];
  const rows = alarms.map(({ name, region, state = "unread", verdict, message = "" }): Span[] => [
    { text: cut(printable(name), 60) },
    { text: region ?? "" },
    styled(state, stateTones[state] ?? "yellow"),
    styled(verdict, verdictTones[verdict] ?? "yellow"),
    styled(verdict === "Pass" ? "" : cut(printable(message), 100), "dim"),
  ]);
  return table(
    [{ title: "ALARM" }, { title: "REGION" }, { title: "STATE" }, { title: "VERDICT" }, { title: "" }],
    rows,
  );
}

function targetTable(targets: readonly TargetView[]): readonly Line[] {
  if (targets.length === 0) return [];
  const rows = targets.map(({ kind, id, desired, observed, message = "" }): Span[] => [
    { text: kind },
    { text: tail(printable(id)) },
    { text: percent(desired) },
    styled(
      observed === undefined ? "?" : percent(observed),
      ...(observed === desired ? [] : (["yellow"] as const)),
    ),
    styled(cut(printable(message), 100), "dim"),
  ]);
  return table(
    [
      { title: "TARGET" },
      { title: "ID" },
      { title: "ASKED", align: "right" },
      { title: "READ", align: "right" },
      { title: "" },
    ],
    rows,
  );
}

/** The end of an ARN tells more than its beginning. */
function tail(id: string): string {
  return id.length <= 48 ? id : `…${id.slice(-47)}`;
}

const percent = (share: number): string => `${Math.round(share * 10) / 10} %`;
