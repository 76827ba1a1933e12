import { besideEvents, type EventEntry, reasonEvents } from "../../src/api/events.ts";
import type { GeneratedFile } from "./generated-file.ts";
import { code, notice, table } from "./markdown.ts";

const link = (reason: string): string => `[\`${reason}\`](reasons.md#${reason.toLowerCase()})`;

const byReason = (left: EventEntry, right: EventEntry): number => (left.reason < right.reason ? -1 : 1);

const row = ({ reason, type, action, when }: EventEntry): readonly string[] => [
  link(reason),
  type,
  action === undefined ? "the state" : code(action),
  when,
];

const heads = ["Reason", "Type", "Action", "When"];

function render(): string {
  const page = [
    notice,
    "# Events",
    "Every Kubernetes Event that the operator records, and no other. They are about the ModelRollout, in its namespace, from `modelrollout.dev/operator`; `kubectl describe mro NAME` and `kubectl events --for modelrollout/NAME` show them.",
    "An event tells of a change, never that something is still so: the conditions tell that. Events are best effort. Equal ones within ten minutes are one with a count; one object gets 25 Normal events and 25 Warnings at once, and then one of each a minute; what the API server does not take is dropped and counted in `kubernetes_events_total`. For alerts use [metrics](metrics.md) or conditions.",
    "## A change of reason",
    "Recorded when the condition `Ready` gets this reason, and for `Holding` at each step. The note is the condition's message. The action is the state that the ModelRollout is in then, such as `Holding`.",
    table(heads, [...reasonEvents].sort(byReason).map(row)),
    "## Beside the course of a release",
    table(heads, [...besideEvents].sort(byReason).map(row)),
  ];
  return `${page.join("\n\n")}\n`;
}

export const eventsReference: GeneratedFile = { path: "docs/reference/events.md", render };
