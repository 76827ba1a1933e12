/**
 * Steps by name: the predefined deployment configurations of CodeDeploy for Lambda and of ECS, without the prefixes
 * `CodeDeployDefault.Lambda` and `CodeDeployDefault.ECS`
 * (https://docs.aws.amazon.com/codedeploy/latest/userguide/deployment-configurations.html).
 * Linear ones shift at the start of each interval: 10 % at once, 100 % after nine intervals.
 */

export interface PresetStep {
  readonly weight: number;
  readonly hold: string;
}

const canary = (hold: string): readonly PresetStep[] => [{ weight: 10, hold }];
const linear = (hold: string): readonly PresetStep[] =>
  [10, 20, 30, 40, 50, 60, 70, 80, 90].map((weight) => ({ weight, hold }));

/** The last step of 100 is implied, as with `steps`; unlike the services' own, it is held and watched too. */
export const presets = {
  AllAtOnce: [{ weight: 100, hold: "5m" }],
  Canary10Percent5Minutes: canary("5m"),
  Canary10Percent10Minutes: canary("10m"),
  Canary10Percent15Minutes: canary("15m"),
  Canary10Percent30Minutes: canary("30m"),
  Linear10PercentEvery1Minute: linear("1m"),
  Linear10PercentEvery2Minutes: linear("2m"),
  Linear10PercentEvery3Minutes: linear("3m"),
  Linear10PercentEvery10Minutes: linear("10m"),
} as const satisfies Record<string, readonly PresetStep[]>;

export type PresetName = keyof typeof presets;

export const presetNames = Object.keys(presets) as readonly PresetName[];
