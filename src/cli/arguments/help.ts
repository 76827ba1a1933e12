import { exitCodes } from "../exit-codes.ts";
import { type CommandEntry, type CommandName, commandNames, commands } from "./commands.ts";
import { type CliFlag, cliFlags } from "./flags.ts";

/** What `kubectl modelrollout --help` prints. */
export function overview(): string {
  const longest = Math.max(...commandNames.map((name) => name.length + 1 + commands[name].takes.length));
  const lines = commandNames.map((name) => {
    const { takes, summary } = commands[name];
    return `  ${`${name} ${takes}`.padEnd(longest)}  ${summary}`;
  });
  return [
    "See and steer releases of models by ModelRollout.",
    "",
    "Usage: kubectl modelrollout COMMAND NAME|FILE [FLAGS]",
    "",
    ...lines,
    "",
    ...exitLines(),
    "",
    "kubectl modelrollout COMMAND --help shows the flags of a command. NO_COLOR=1 leaves out colours.",
    "",
  ].join("\n");
}

/** What `kubectl modelrollout COMMAND --help` prints. */
export function commandHelp(command: CommandName): string {
  const entry: CommandEntry = commands[command];
  const flags = entry.flags.map((key) => {
    const { name, short, placeholder, help }: CliFlag<unknown> = cliFlags[key];
    const letters = short === undefined ? "    " : `-${short}, `;
    return `  ${letters}--${name}${placeholder === undefined ? "" : ` ${placeholder}`}\n          ${help}`;
  });
  return [
    entry.summary,
    "",
    `Usage: kubectl modelrollout ${command} ${entry.takes} [FLAGS]`,
    "",
    ...(entry.details.length > 0 ? [...entry.details, ""] : []),
    ...flags,
    "",
    ...exitLines(),
    "",
  ].join("\n");
}

function exitLines(): readonly string[] {
  const rows = Object.values(exitCodes).map(
    ({ code, meaning }) => `  ${String(code).padStart(3)}  ${meaning}`,
  );
  return ["Exit codes:", ...rows];
}
