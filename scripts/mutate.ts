/**
 * Changes operators of the code one by one and asks the tests whether they see it.
 *
 *   npm run mutate                       300 mutants, spread over all files and kinds
 *   npm run mutate -- --all              every mutant
 *   npm run mutate -- --file src/core/stages --file src/core/time.ts
 *   npm run mutate -- --id 1a2b3c4d      one, with the test that finds it
 *   npm run mutate -- --all --resume     goes on where a run was stopped; --again also asks anew about survivors
 *   npm run mutate -- --all --hasty      a quick look: only the tests that find most; --again asks all about survivors
 *   npm run mutate -- --report --write   judges nothing; docs/mutation.md from all that was judged so far
 */
import { parseArgs } from "node:util";
import { mutationRun } from "./mutation/run.ts";

const { values } = parseArgs({
  options: {
    all: { type: "boolean", default: false },
    sample: { type: "string", default: "300" },
    seed: { type: "string", default: "1" },
    file: { type: "string", multiple: true, default: [] },
    id: { type: "string", multiple: true, default: [] },
    resume: { type: "boolean", default: false },
    again: { type: "boolean", default: false },
    hasty: { type: "boolean", default: false },
    worlds: { type: "boolean", default: false },
    report: { type: "boolean", default: false },
    write: { type: "boolean", default: false },
  },
});

process.exitCode = await mutationRun({
  ...values,
  sample: Number(values.sample),
  seed: Number(values.seed),
});
