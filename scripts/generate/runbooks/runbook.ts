/** Where to look: sections of docs/runbooks/README.md, which has the commands. */
export const checks = {
  rollout: { title: "the rollout", anchor: "the-rollout" },
  pods: { title: "its pods", anchor: "its-pods" },
  deployment: { title: "a Deployment rolled in place", anchor: "a-deployment-rolled-in-place" },
  rule: { title: "the rule", anchor: "the-rule" },
  alarm: { title: "the alarm", anchor: "the-alarm" },
  who: { title: "who wrote it", anchor: "who-wrote-it" },
  operator: { title: "the operator", anchor: "the-operator" },
} as const;

/** What a person with this reason before them needs beside its meaning and the action (src/api/reasons.ts). */
export interface Runbook {
  /** What the operator does in the meantime, and what it does not do. */
  readonly meanwhile: string;
  readonly check: readonly (keyof typeof checks)[];
  /** Further steps, after the action. */
  readonly further?: string;
}
