import { deploymentLines } from "./in-place/show.ts";
import type { Narrator } from "./narrate.ts";
import type { Operator } from "./operator.ts";
import type { World } from "./world.ts";

type Show = (world: World, operator: Operator, narrator: Narrator) => readonly string[];

const shows: Readonly<Record<string, Show>> = {
  conditions: ({ rollout }) =>
    (rollout?.status?.conditions ?? []).map(
      ({ type, status, reason, message }) => `  ${type}=${status} ${reason}: ${message}`,
    ),
  alarms: ({ rollout }) => [
    `  ${rollout?.status?.alarmSummary}`,
    ...(rollout?.status?.alarms ?? []).map(
      ({ name, state, verdict, reason, message }) =>
        `  ${name} ${state ?? "unread"} ${verdict} ${reason}: ${message}`,
    ),
  ],
  history: ({ rollout }) =>
    (rollout?.status?.history ?? []).map(
      ({ release, outcome, reason, message }) => `  ${release} ${outcome} ${reason}: ${message}`,
    ),
  release: ({ rollout }) => {
    const { release, awaiting, failedRevision, failedRelease } = rollout?.status ?? {};
    return [
      `  release ${release}${awaiting === undefined ? "" : `, awaiting ${awaiting}`}${failedRevision === undefined ? "" : `, failed ${failedRevision} (${failedRelease})`}`,
    ];
  },
  scale: ({ rollout }) => [`  replicas ${rollout?.status?.replicas}, selector ${rollout?.status?.selector}`],
  step: ({ rollout }) => [
    `  ${Object.entries(rollout?.status?.step ?? {})
      .sort(([one], [two]) => one.localeCompare(two))
      .map(([key, value]) => `${key} ${String(value).replace("2026-01-05T", "")}`)
      .join(", ")}`,
  ],
  world: ({ rules, slots, stored }) => [
    ...rules.map(
      ({ id, weights, stickySeconds }) =>
        `  ${id}: a ${weights.a} b ${weights.b}${stickySeconds === undefined ? "" : `, sticky ${stickySeconds} s`}`,
    ),
    ...(["a", "b"] as const).map((destination) => {
      const { deployment, pods } = slots[destination];
      return `  slot ${destination}: ${deployment ? `${deployment.revision} x${deployment.replicas}` : "nothing"}, ${pods.length} pod(s)`;
    }),
    `  stored: ${[...stored].join(" ")}`,
  ],
  deployment: deploymentLines,
  targets: ({ rollout }) =>
    (rollout?.status?.targets ?? []).map(
      ({ id, desired, observed, message }) =>
        `  ${id}: desired ${desired}, observed ${observed ?? "-"}${message === undefined ? "" : `, ${message}`}`,
    ),
  counts: (_world, operator, narrator) => [
    `  ${operator.statusWrites} status writes, ${narrator.events} events`,
  ],
};

/** Lines about what is not in the headline. */
export function show(
  world: World,
  operator: Operator,
  narrator: Narrator,
  words: readonly string[],
): readonly string[] {
  return words.flatMap((word) => {
    const lines = shows[word];
    if (!lines) throw new Error(`nothing to show as ${word}`);
    return lines(world, operator, narrator);
  });
}
