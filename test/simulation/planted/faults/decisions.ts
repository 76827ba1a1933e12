import { type PlantedFault, worlds } from "../fault.ts";

/** In what decides. */
export const decisions: readonly PlantedFault[] = [
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
    within: 60,
    setup: worlds.rule,
  },
  {
    name: "a first revision that serves is taken away for the next one",
    file: "core/stages/first.ts",
    text: "    status.stable?.revision !== observed.wanted.revision && ready > 0 && carries(observed.router, slot, 100)",
    instead:
      "    status.stable?.revision !== observed.wanted.revision && ready > 99 && carries(observed.router, slot, 100)",
    within: 200,
  },
  {
    name: "a read of any age is evidence",
    file: "core/freshness.ts",
    text: "return at <= now && now - at <= 2 * alarmPollMs;",
    instead: "return at <= now;",
    within: 400,
    setup: worlds.rule,
  },
  {
    name: "a destination outside gets traffic on a health read of any age",
    file: "core/stages/provision.ts",
    text: "  if (!isFresh(health.at, { now, alarmPollMs: observed.alarmPollMs }))\n    return `health of destination",
    instead: "  if (now < 0)\n    return `health of destination",
    within: 400,
    setup: { way: "outside", policies: false },
  },
  {
    name: "the drain of the version before is served by the wall clock alone",
    file: "core/drain.ts",
    text: "  return retained || (canary && weight?.acknowledged === 100) ? weight?.acknowledgedAt : undefined;",
    instead: "  return undefined;",
    within: 400,
    setup: worlds.rule,
  },
];
