import type { CliFlagKey } from "./flags.ts";

/** One command as people read it; what it does is found by its name in ../run.ts. */
export interface CommandEntry {
  /** What the one argument is. */
  readonly takes: "NAME" | "FILE";
  readonly summary: string;
  /** Further paragraphs of its help. */
  readonly details: readonly string[];
  readonly flags: readonly CliFlagKey[];
}

const cluster = ["namespace", "context", "kubeconfig", "output"] as const;

export const commands = {
  status: {
    takes: "NAME",
    summary: "Show who has how much traffic, the steps, the alarms, and what a person can do.",
    details: [
      "Exit code 5 says that the release was taken back or is blocked. --watch goes on until Ctrl-C; --wait",
      "ends by itself, for scripts: kubectl apply -f x.yaml && kubectl modelrollout status x --wait --timeout 2h",
    ],
    flags: [...cluster, "watch", "wait", "timeout"],
  },
  history: {
    takes: "NAME",
    summary: "List the last releases: how each ended, why, and how long it took.",
    details: [],
    flags: cluster,
  },
  plan: {
    takes: "FILE",
    summary: "Play the release of a file through, step by step, before anything happens.",
    details: [
      "Without --server nothing is asked: a version runs already, the file's is the next one, and everything",
      "stays healthy. With --server the live object counts: whether the file is a new revision at all, where a",
      "release under way would go on, and which start gates are closed. The decisions are the operator's own.",
    ],
    flags: ["server", "podStart", "replicas", ...cluster],
  },
  lint: {
    takes: "FILE",
    summary: "Check a file against the schema, its rules and good practice.",
    details: [
      "FILE may hold several documents, and - is standard input. The rules are those of the resource",
      "definition, evaluated here; --server asks the API server as well. AWS is never asked.",
    ],
    flags: ["server", "strict", "alarmWindow", ...cluster],
  },
  approve: {
    takes: "NAME",
    summary: "Let a release go on that waits for a person.",
    details: ["Writes the annotation modelrollout.dev/approve with the value that status.awaiting has now."],
    flags: cluster,
  },
  promote: {
    takes: "NAME",
    summary: "Give the new version all the traffic now, skipping holds and approvals.",
    details: ["Capacity must be there and the alarms must pass all the same."],
    flags: cluster,
  },
  abort: {
    takes: "NAME",
    summary: "Take the release back: all traffic to the stable version, at once.",
    details: ["While the version before is still retained, a finished release can be taken back too."],
    flags: cluster,
  },
  retry: {
    takes: "NAME",
    summary: "Release a failed revision again, or take over from another ModelRollout.",
    details: [],
    flags: cluster,
  },
  pause: {
    takes: "NAME",
    summary: "Take no further step (spec.paused). Alarms still guard.",
    details: [],
    flags: cluster,
  },
  resume: {
    takes: "NAME",
    summary: "Go on with the steps after a pause (spec.paused).",
    details: [],
    flags: cluster,
  },
  "override-alarms": {
    takes: "NAME",
    summary: "Record alarms, do not obey them, in this one release: to fix a burning stable version.",
    details: ["Nothing takes the release back by itself any more; abort still does."],
    flags: cluster,
  },
} as const satisfies Record<string, CommandEntry>;

export type CommandName = keyof typeof commands;
export const commandNames = Object.keys(commands) as readonly CommandName[];
