import { conditions } from "../../src/api/conditions.ts";
import { type ReasonEntry, reasons } from "../../src/api/reasons.ts";
import type { GeneratedFile } from "./generated-file.ts";
import { code, notice, table } from "./markdown.ts";
import { runbookOf } from "./runbooks.ts";

const conditionRows = Object.entries(conditions).map(([type, { meaning }]) => [code(type), meaning]);

const entries: readonly (readonly [string, ReasonEntry])[] = Object.entries(reasons);

const reasonSections = [...entries]
  .sort(([left], [right]) => (left < right ? -1 : 1))
  .map(([name, entry]) => {
    const places = entry.conditions.map(code).join(", ");
    const facts = [
      places === "" ? "" : `Conditions: ${places}.`,
      entry.event === undefined ? "" : `Event: ${entry.event}.`,
    ].filter((fact) => fact !== "");
    return [
      `### ${name}`,
      entry.meaning,
      `**What to do:** ${entry.action} [Runbook](${runbookOf(name)})`,
      facts.join(" "),
    ]
      .filter((part) => part !== "")
      .join("\n\n");
  });

const page = [
  notice,
  "# Conditions and reasons",
  "Every condition, event, verdict and history entry of a ModelRollout carries one of these reasons, and no other.",
  "## Conditions",
  "All of them are in `status.conditions`, each with a reason, a message and the generation it was concluded from.",
  table(["Condition", "Meaning"], conditionRows),
  "## Reasons",
  ...reasonSections,
].join("\n\n");

export const reasonsReference: GeneratedFile = {
  path: "docs/reference/reasons.md",
  render: () => `${page}\n`,
};
