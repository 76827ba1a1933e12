import type { ReasonEntry } from "../../src/api/reason-entry.ts";
import { alarmReasons } from "../../src/api/reasons-alarms.ts";
import { releaseReasons } from "../../src/api/reasons-release.ts";
import { trafficReasons } from "../../src/api/reasons-traffic.ts";
import { workloadReasons } from "../../src/api/reasons-workload.ts";
import type { GeneratedFile } from "./generated-file.ts";
import { code, notice } from "./markdown.ts";
import { alarmRunbooks } from "./runbooks/alarms.ts";
import { releaseRunbooks } from "./runbooks/release.ts";
import { checks, type Runbook } from "./runbooks/runbook.ts";
import { trafficRunbooks } from "./runbooks/traffic.ts";
import { workloadRunbooks } from "./runbooks/workload.ts";

interface Group {
  /** Of the page. */
  readonly name: string;
  readonly title: string;
  readonly reasons: Readonly<Record<string, ReasonEntry>>;
  readonly runbooks: Readonly<Record<string, Runbook>>;
}

const groups: readonly Group[] = [
  { name: "release", title: "Runbooks: releases", reasons: releaseReasons, runbooks: releaseRunbooks },
  { name: "alarms", title: "Runbooks: alarms", reasons: alarmReasons, runbooks: alarmRunbooks },
  { name: "traffic", title: "Runbooks: traffic", reasons: trafficReasons, runbooks: trafficRunbooks },
  {
    name: "workload",
    title: "Runbooks: pods and Deployments",
    reasons: workloadReasons,
    runbooks: workloadRunbooks,
  },
];

/** Where a reason's runbook is, seen from docs/reference. */
export function runbookOf(reason: string): string {
  const group = groups.find(({ reasons }) => reason in reasons);
  if (!group) throw new Error(`no runbook has ${reason}`);
  return `../runbooks/${group.name}.md#${reason.toLowerCase()}`;
}

function section(
  name: string,
  { meaning, action, conditions }: ReasonEntry,
  runbook: Runbook | undefined,
): string {
  if (!runbook) throw new Error(`scripts/generate/runbooks says nothing of ${name}`);
  const links = runbook.check.map((key) => `[${checks[key].title}](README.md#${checks[key].anchor})`);
  const where = conditions.length === 0 ? "events and history" : conditions.map(code).join(", ");
  return [
    `## ${name}`,
    `**What it means.** ${meaning} (In ${where}.)`,
    `**Meanwhile.** ${runbook.meanwhile}`,
    `**What to check.** ${links.join(", ")}.`,
    `**What to do.** ${[action, ...(runbook.further === undefined ? [] : [runbook.further])].join(" ")}`,
  ].join("\n\n");
}

function page({ title, reasons, runbooks }: Group): string {
  const names = Object.keys(reasons).sort();
  const parts = [
    notice,
    `# ${title}`,
    "What each reason means, what the operator does meanwhile, what to check (the commands are in [Runbooks](README.md)), and what to do.",
    ...names.map((name) => section(name, reasons[name] as ReasonEntry, runbooks[name])),
  ];
  return `${parts.join("\n\n")}\n`;
}

/** One page for each group of reasons. */
export const runbookPages: readonly GeneratedFile[] = groups.map((group) => ({
  path: `docs/runbooks/${group.name}.md`,
  render: () => page(group),
}));
