import type { PlantedFault } from "../fault.ts";

/** In what stores intents and carries plans out. */
export const controller: readonly PlantedFault[] = [
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
