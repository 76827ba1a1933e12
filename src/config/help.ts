import { type FlagKey, flags, informationFlags, variableOf } from "./flags.ts";

/** One flag as people read it. */
export interface FlagLine {
  /** `--name PLACEHOLDER` */
  readonly usage: string;
  readonly variable?: string;
  readonly default?: string;
  readonly help: string;
}

/** All flags in the order of the table, `--version` and `--help` last. */
export function flagLines(): readonly FlagLine[] {
  const settings = (Object.keys(flags) as FlagKey[]).map((key): FlagLine => {
    const flag = flags[key];
    return {
      usage: "placeholder" in flag ? `--${flag.name} ${flag.placeholder}` : `--[no-]${flag.name}`,
      variable: variableOf(flag.name),
      ...("default" in flag ? { default: flag.default } : {}),
      help: flag.help,
    };
  });
  const information = Object.values(informationFlags).map(({ name, help }) => ({ usage: `--${name}`, help }));
  return [...settings, ...information];
}

/** What `--help` prints. */
export function helpText(): string {
  const lines = flagLines().map(({ usage, help, ...more }) => {
    const value = more.default === undefined ? "" : ` (default ${more.default})`;
    return `  ${usage}\n      ${help}${value}`;
  });
  return [
    "ModelRollout releases new versions of AI models step by step on AWS, and takes bad ones back.",
    "",
    "Usage: modelrollout [FLAGS]",
    "",
    ...lines,
    "",
    "Each flag is also a variable: MODELROLLOUT_ and its name in capitals with _, as MODELROLLOUT_LOG_LEVEL=debug.",
    "A flag wins over its variable. AWS settings are the AWS SDK's own: AWS_REGION, AWS_ENDPOINT_URL, its credentials.",
    "",
  ].join("\n");
}
