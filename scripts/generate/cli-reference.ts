import {
  type CommandEntry,
  type CommandName,
  commandNames,
  commands,
} from "../../src/cli/arguments/commands.ts";
import { type CliFlag, type CliFlagKey, cliFlags } from "../../src/cli/arguments/flags.ts";
import { exitCodes } from "../../src/cli/exit-codes.ts";
import type { GeneratedFile } from "./generated-file.ts";
import { code, notice, table } from "./markdown.ts";

function written({ name, short, placeholder }: CliFlag<unknown>): string {
  const long = `--${name}${placeholder === undefined ? "" : ` ${placeholder}`}`;
  return code(short === undefined ? long : `-${short}, ${long}`);
}

function section(command: CommandName): string {
  const { takes, summary, details, flags }: CommandEntry = commands[command];
  const rows = flags.map((key) => [written(cliFlags[key]), cliFlags[key].help]);
  return [
    `### ${command}`,
    summary,
    `\`kubectl modelrollout ${command} ${takes}\``,
    ...(details.length > 0 ? [details.join(" ")] : []),
    table(["Flag", "Meaning"], rows),
  ].join("\n\n");
}

function render(): string {
  const takenBy = (key: CliFlagKey): readonly CommandName[] =>
    commandNames.filter((name) => (commands[name].flags as readonly CliFlagKey[]).includes(key));
  for (const key of Object.keys(cliFlags) as readonly CliFlagKey[])
    if (takenBy(key).length === 0) throw new Error(`no command takes --${cliFlags[key].name}`);
  const page = [
    notice,
    "# The kubectl plugin",
    "`kubectl modelrollout COMMAND NAME|FILE [FLAGS]`: sees and steers releases. `npm run build` makes `dist/kubectl-modelrollout.mjs`; under the name `kubectl-modelrollout` anywhere in your PATH, kubectl finds it. It needs Node, your kubeconfig, and of the cluster only what you may do yourself. Flags go behind the command. `NO_COLOR=1` leaves out colours.",
    "## Exit codes",
    "Scripts may rely on them: they never change.",
    table(
      ["Code", "Meaning"],
      Object.values(exitCodes).map(({ code: number, meaning }) => [String(number), meaning]),
    ),
    "## Commands",
    table(
      ["Command", ""],
      commandNames.map((name) => [`[\`${name} ${commands[name].takes}\`](#${name})`, commands[name].summary]),
    ),
    ...commandNames.map(section),
  ];
  return `${page.join("\n\n")}\n`;
}

export const cliReference: GeneratedFile = { path: "docs/reference/cli.md", render };
