/** How a run of the plugin ends. Scripts rely on the numbers: they never change. */
export const exitCodes = {
  ok: {
    code: 0,
    meaning: "Done. For `status`: ready, under way, or waiting for a person. For `lint`: no error.",
  },
  failed: {
    code: 1,
    meaning: "It could not be done: no connection, no rights, an answer that makes no sense.",
  },
  usage: { code: 2, meaning: "The command line is wrong; nothing was done." },
  notFound: { code: 3, meaning: "There is no such ModelRollout, file, context or resource definition." },
  refused: {
    code: 4,
    meaning: "There is nothing to approve, promote, abort …; or `lint` or `plan` found an error in the file.",
  },
  degraded: { code: 5, meaning: "`status`: the release was taken back, or is blocked." },
  timeout: { code: 6, meaning: "`status --wait --timeout`: nothing was settled in time." },
  interrupted: { code: 130, meaning: "Ctrl-C, or SIGTERM." },
} as const;

export type ExitName = keyof typeof exitCodes;
