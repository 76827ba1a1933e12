/** One instruction, its arguments as one text, its flags apart. */
export interface Instruction {
  readonly keyword: string;
  /** As `--from=build`: `{from: "build"}`. */
  readonly flags: Readonly<Record<string, string>>;
  readonly text: string;
  /** Of its first line, from 1. */
  readonly line: number;
}

/** From one FROM to the next. */
export interface Stage {
  readonly image: string;
  readonly name: string;
  readonly instructions: readonly Instruction[];
}

/** Variables of an ENV instruction: `NAME=VALUE …`, values without spaces or in quotes. */
export function variablesOf(text: string): readonly (readonly [name: string, value: string])[] {
  return [...text.matchAll(/(\w+)=(?:"([^"]*)"|(\S+))/g)].map(
    ([, name = "", quoted, plain = ""]) => [name, quoted ?? plain] as const,
  );
}

/** Instructions that the replay knows; any other is refused rather than skipped. */
const known = ["ARG", "FROM", "WORKDIR", "COPY", "RUN", "USER", "ENV", "LABEL", "EXPOSE", "ENTRYPOINT"];

/** Lines put together over `\`, without comments. */
function instructionsOf(text: string): readonly Instruction[] {
  const instructions: Instruction[] = [];
  let [joined, start] = ["", 0];
  for (const [index, line] of text.split("\n").entries()) {
    if (/^\s*#/.test(line) || (joined === "" && line.trim() === "")) continue;
    if (joined === "") start = index + 1;
    joined += line.replace(/\\\s*$/, " ");
    if (/\\\s*$/.test(line)) continue;
    instructions.push(instructionOf(joined, start));
    joined = "";
  }
  return instructions;
}

function instructionOf(joined: string, line: number): Instruction {
  const [, keyword = "", flagTexts = "", text = ""] =
    /^\s*(\w+)((?:\s+--\S+)*)\s+(.*?)\s*$/.exec(joined) ?? [];
  if (!known.includes(keyword)) throw new Error(`line ${line}: ${keyword || joined} is not known here`);
  const flags = [...flagTexts.matchAll(/--([\w-]+)=(\S+)/g)].map(([, name = "", value = ""]) => [
    name,
    value,
  ]);
  return { keyword, flags: Object.fromEntries(flags) as Record<string, string>, text, line };
}

/**
 * Reads a Dockerfile into its stages, with the defaults of the ARGs before the first FROM put in.
 * @throws Error at an instruction that it does not know, or a FROM with an ARG that has no default
 */
export function stagesOf(text: string): readonly Stage[] {
  const defaults = new Map<string, string>();
  const stages: (Stage & { instructions: Instruction[] })[] = [];
  for (const instruction of instructionsOf(text)) {
    const stage = stages.at(-1);
    if (instruction.keyword === "FROM") stages.push({ ...fromOf(instruction, defaults), instructions: [] });
    else if (stage !== undefined) stage.instructions.push(instruction);
    else if (instruction.keyword === "ARG") {
      const [name = "", value = ""] = instruction.text.split("=");
      defaults.set(name, value);
    } else throw new Error(`line ${instruction.line}: ${instruction.keyword} before the first FROM`);
  }
  return stages;
}

function fromOf({ text, line }: Instruction, defaults: ReadonlyMap<string, string>) {
  const [named = "", , name = ""] = text.split(/\s+/);
  const image = named.replaceAll(/\$\{?(\w+)\}?/g, (_, variable: string) => defaults.get(variable) ?? "");
  if (image === "") throw new Error(`line ${line}: no image in FROM ${text}`);
  return { image, name };
}

/** Whether .dockerignore keeps a file or folder at the root of the context out; only `*` and `!NAME` are known. */
export function isIgnored(name: string, dockerignore: string): boolean {
  const lines = dockerignore.split("\n").filter((line) => line.trim() !== "" && !line.startsWith("#"));
  if (lines[0] !== "*" || !lines.slice(1).every((line) => /^![^*/]+$/.test(line)))
    throw new Error("expected .dockerignore to be `*` and then `!NAME` for each of what the build needs");
  return !lines.includes(`!${name.split("/")[0]}`);
}
