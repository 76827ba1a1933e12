import { type Line, printable } from "../text/line.ts";
import type { StatusView } from "./view.ts";

/** One line for logs and pipes. Two views with the same line are no change worth telling. */
export function changeLine({ state, steps, versions, awaiting, message }: StatusView): Line {
  const step = steps.find(({ standing }) => standing === "present");
  const canary = versions.find(({ role }) => role === "canary");
  const parts = [
    (state ?? "New").padEnd(16),
    (step === undefined ? "" : `${step.number}/${steps.length}`).padEnd(5),
    (canary === undefined ? "" : `${Math.round(canary.share * 10) / 10} %`).padStart(6),
    ` ${printable(message)}`,
    ...(awaiting === undefined || message.includes(awaiting) ? [] : [` (approve: ${awaiting})`]),
  ];
  return [{ text: parts.join(" ") }];
}
