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
];
