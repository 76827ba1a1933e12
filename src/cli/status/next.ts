import type { StatusView } from "./view.ts";

export interface NextCommand {
  readonly what: string;
  readonly command: string;
}

/** What a person can do about it, most wanted first. Nothing where all is well, or where only time is missing. */
export function nextCommands(view: StatusView, scope: string): readonly NextCommand[] {
  const { name, state, awaiting, failedRelease, paused } = view;
  const command = (verb: string) => `kubectl modelrollout ${verb} ${name}${scope}`;
  const next: NextCommand[] = [];
  if (awaiting !== undefined) next.push({ what: "To go on", command: command("approve") });
  if (state === "Paused" && paused) next.push({ what: "To go on", command: command("resume") });
  if (state === "RolledBack" && failedRelease !== undefined) {
    next.push({ what: "To release it again", command: command("retry") });
  }
  if (view.versions.some(({ role }) => role === "canary") && state !== "RollingBack") {
    next.push({ what: "To take it back", command: command("abort") });
  }
  return next;
}
