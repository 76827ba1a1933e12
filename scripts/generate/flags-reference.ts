import { flagLines } from "../../src/config/help.ts";
import type { GeneratedFile } from "./generated-file.ts";
import { code, notice, table } from "./markdown.ts";

function render(): string {
  const rows = flagLines().map(({ usage, variable, default: value, help }) => [
    code(usage),
    variable === undefined ? "" : code(variable),
    value === undefined ? "" : code(value),
    help,
  ]);
  const page = [
    notice,
    "# Flags",
    "A flag wins over its variable, and the last of several over the others; an empty variable counts as absent. " +
      "Values are given as `--flag value` or `--flag=value`; a switch is `--flag`, `--flag=false` or `--no-flag`.",
    table(["Flag", "Variable", "Default", "Meaning"], rows),
    "AWS settings are those of the AWS SDK: `AWS_REGION`, `AWS_ENDPOINT_URL`, `AWS_ENDPOINT_URL_ELASTIC_LOAD_BALANCING_V2`, and its usual chain of credentials.",
  ];
  return `${page.join("\n\n")}\n`;
}

export const flagsReference: GeneratedFile = { path: "docs/reference/flags.md", render };
