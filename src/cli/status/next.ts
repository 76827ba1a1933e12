import type { Verb } from "../act/act.ts";
import type { StatusView } from "./view.ts";

export interface NextCommand {
  readonly what: string;
  readonly command: string;
}

/** In this order; only what somebody is likely to want now. */
const offers: readonly {
  readonly verb: Verb;
  readonly what: string;
  readonly when: (view: StatusView) => boolean;
}[] = [
  { verb: "approve", what: "To go on", when: () => true },
  { verb: "resume", what: "To go on", when: () => true },
  { verb: "retry", what: "To release it again", when: ({ state }) => state === "RolledBack" },
  { verb: "retry", what: "To take the rule over", when: ({ state }) => state === "Blocked" },
  {
    verb: "override-alarms",
    what: "To start all the same",
    when: ({ reason, state }) => state === "Blocked" && reason === "AlarmFiring",
  },
  { verb: "abort", what: "To take it back", when: () => true },
];

/** What a person can do about it. Nothing where all is well, or where only time is missing. */
export function nextCommands(view: StatusView, scope: string): readonly NextCommand[] {
  return offers
    .filter(({ verb, when }) => view.can.includes(verb) && when(view))
    .map(({ verb, what }) => ({ what, command: `kubectl modelrollout ${verb} ${view.name}${scope}` }));
}
