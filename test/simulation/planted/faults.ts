/** One mistake that somebody could make in the operator: a piece of source text, and what stands there instead. */
export interface PlantedFault {
  readonly name: string;
  /** Below src/. */
  readonly file: string;
  /** Occurs exactly once in the file. */
  readonly text: string;
  readonly instead: string;
  /** Caught within so many seeds, the first being 1. */
  readonly within: number;
}

const controller: readonly PlantedFault[] = [
  {
    name: "the status, and the intent in it, is stored after the effects",
    file: "controller/reconcile.ts",
    text: "  const { urgent } = planned;\n",
    instead: "  const { urgent } = planned;\n  await carryOut(task, planned, log);\n",
    within: 20,
  },
  {
    name: "effects go on although the status could not be stored",
    file: "controller/reconcile.ts",
    text: "  if (!planned.urgent) throw error;\n",
    instead: "",
    within: 200,
  },
  {
    name: "a conflict counts as stored",
    file: "controller/report.ts",
    text: 'if (isReason(error, "Conflict")) return { outcome: "conflict" };',
    instead: 'if (isReason(error, "Conflict")) return { outcome: "stored", rollout };',
    within: 100,
  },
  {
    name: "an intent alone is no reason to write the status",
    file: "controller/report.ts",
    text: 'if (isDeepStrictEqual(before, after)) return { outcome: "stored", rollout };',
    instead: 'if (isDeepStrictEqual(before, after) || after.intent) return { outcome: "stored", rollout };',
    within: 20,
  },
  {
    name: "the finalizer is not taken off",
    file: "controller/execute.ts",
    text: "const wanted = present ? [...others, finalizer] : others;",
    instead: "const wanted = [...others, finalizer];",
    within: 60,
  },
];

const runtime: readonly PlantedFault[] = [
  {
    name: "whoever ever led may write for ever",
    file: "runtime/leader-election.ts",
    text: "    if (term === undefined) return false;\n    return (",
    instead: "    if (term === undefined) return false;\n    return true || (",
    within: 200,
  },
  {
    name: "a lease is free, whoever holds it",
    file: "runtime/lease.ts",
    text: "  return now - observation.since >= promisedMs;",
    instead: "  return promisedMs > 0;",
    within: 10,
  },
  {
    name: "a held lease is never seen to run out",
    file: "runtime/lease.ts",
    text: "since: unchanged ? previous.since : now",
    instead: "since: now",
    within: 60,
  },
  {
    name: "a deletion is not taken over from the watch",
    file: "runtime/store.ts",
    text: "    if (!behind) this.#drop(key);",
    instead: '    if (!behind && key === "") this.#drop(key);',
    within: 60,
  },
];

const routers: readonly PlantedFault[] = [
  {
    name: "weights are increments",
    file: "routers/alb/translate.ts",
    text: "return { ...tuple, Weight: wish.weights.b };",
    instead: "return { ...tuple, Weight: Math.min(999, weightOf(tuple) + wish.weights.b) };",
    within: 20,
  },
  {
    name: "groups that are not ours fall out of the rule",
    file: "routers/alb/translate.ts",
    text: "TargetGroups: tuples.map((tuple) => {",
    instead:
      "TargetGroups: tuples.filter(({ TargetGroupArn }) => TargetGroupArn === groups.a || TargetGroupArn === groups.b).map((tuple) => {",
    within: 20,
  },
  {
    name: "targets on their way out count as healthy",
    file: "routers/alb/health.ts",
    text: 'if (state === "healthy") healthy.add(Target.Id);',
    instead: "healthy.add(Target.Id);",
    within: 100,
  },
];

const workloads: readonly PlantedFault[] = [
  {
    name: "every Ready pod serves, healthy in its group or not",
    file: "workloads/slots/read.ts",
    text: "  if (health === undefined || health.problem !== undefined) return 0;\n",
    instead: "  if (health !== undefined) return ready.length;\n",
    within: 100,
  },
  {
    name: "a slot is scaled by increments",
    file: "workloads/slots/deployment.ts",
    text: "const patch = { metadata: { uid: known.metadata.uid }, spec: { replicas } };",
    instead:
      "const patch = { metadata: { uid: known.metadata.uid }, spec: { replicas: replicas === 0 ? 0 : (known.spec.replicas ?? 0) + 1 } };",
    within: 60,
  },
];

const decisions: readonly PlantedFault[] = [
  {
    name: "no drain",
    file: "core/settings.ts",
    text: "    drainMs: strategy.drainMs,",
    instead: "    drainMs: 0,",
    within: 20,
  },
  {
    name: "an alarm in ALARM waits instead of taking the traffic back",
    file: "core/verdict.ts",
    text: '    : say("Fail", reason, text);',
    instead: '    : say("Wait", reason, text);',
    within: 60,
  },
  {
    name: "an alarm in ALARM passes",
    file: "core/verdict.ts",
    text: 'if (read.state === "ALARM") return firing(alarm, "AlarmFiring", "in ALARM", say);',
    instead: "",
    within: 60,
  },
  {
    name: "the old version is emptied as soon as it is not stable any more",
    file: "core/stages/retain.ts",
    text: "  return newer ? drained : Math.max(millis(status.retained?.until) ?? now, drained);",
    instead: "  return newer ? drained : now;",
    within: 20,
  },
  {
    name: "a first revision that serves is taken away for the next one",
    file: "core/stages/first.ts",
    text: "    status.stable?.revision !== observed.wanted.revision && ready > 0 && carries(observed.router, slot, 100)",
    instead:
      "    status.stable?.revision !== observed.wanted.revision && ready > 99 && carries(observed.router, slot, 100)",
    within: 200,
  },
];

/** All of them, by the part of the operator that they are in. */
export const plantedFaults: readonly PlantedFault[] = [
  ...controller,
  ...runtime,
  ...routers,
  ...workloads,
  ...decisions,
];
