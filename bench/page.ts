import type { Machine, Result, Row } from "./figure.ts";

/** `docs/benchmarks.md`, made of what was found. */
export function renderPage(results: readonly Result[]): string {
  const [newest] = results.toSorted((one, other) => other.takenAt.localeCompare(one.takenAt));
  if (newest === undefined) throw new RangeError("there is nothing to print");
  const missed = results.flatMap((result) =>
    result.rows.filter(({ met }) => met === false).map((row) => ({ result, row })),
  );
  const failed = results.flatMap(({ name, failed: parts = [] }) => parts.map((part) => `- ${name}, ${part}`));
  const lines = [
    "# Benchmarks",
    "",
    "Written by `npm run bench`; the numbers behind the numbers are in [bench/results.json](../bench/results.json).",
    "On a real control plane (etcd, kube-apiserver, controller-manager, scheduler; pods are played by kwok), with the real AWS SDK against the",
    "[AWS simulator](../test/aws-simulator/README.md), the operator as its bundle, `node dist/main.mjs`. Everything runs on one machine, so",
    "the cluster and the simulator take their share of the same cores.",
    "Kubernetes requests are counted from the API server's audit log by user agent, AWS calls from the simulator's log, memory and CPU from /proc.",
    "",
    `Machine: ${machineInWords(newest.machine)}. Run all: \`npm run bench\` (about ${Math.ceil(total(results) / 60)} minutes); one: \`npm run bench -- NAME\`.`,
    "",
    "## At a glance",
    "",
    ...glance(results),
    "",
    ...missedLines(missed),
    ...(failed.length === 0 ? [] : ["Could not be measured:", "", ...failed, ""]),
    ...results.flatMap((result) => section(result, newest.machine)),
  ];
  return `${lines.join("\n").trimEnd()}\n`;
}

const total = (results: readonly Result[]): number =>
  results.reduce((sum, { tookSeconds }) => sum + tookSeconds, 0);

/** One line for a machine. */
export function machineInWords({ cpu, cores, memoryGiB, kernel, node }: Machine): string {
  return `${cores} cores (${cpu}), ${memoryGiB} GiB, ${kernel}, Node ${node}`;
}

const cell = (text: string): string => text.replaceAll("|", "\\|").replaceAll("\n", " ");

const verdict = ({ goal, met }: Row): string =>
  goal === undefined ? "" : met === true ? "met" : "**missed**";

/** Those with peers, beside them: what the page is read for. */
function glance(results: readonly Result[]): readonly string[] {
  const compared = results.flatMap(({ title, rows }) =>
    rows.filter(({ peers }) => peers !== undefined).map((row) => ({ title, row })),
  );
  return [
    "The peers' figures were taken before, on the same kind of machine and control plane.",
    "",
    "| | ModelRollout | Argo Rollouts 1.9.1 | Flagger 1.44.0 |",
    "| --- | --- | --- | --- |",
    ...compared.map(
      ({ title, row }) =>
        `| ${cell(`${title}: ${row.what}`)} | ${cell(row.value)} | ${cell(row.peers?.argo ?? "-")} | ${cell(row.peers?.flagger ?? "-")} |`,
    ),
  ];
}

function missedLines(missed: readonly { readonly result: Result; readonly row: Row }[]): readonly string[] {
  if (missed.length === 0) return ["Every goal is met.", ""];
  return [
    "Missed:",
    "",
    ...missed.map(
      ({ result, row }) =>
        `- ${result.name}, ${row.what}: ${row.value} instead of ${row.goal}${row.reason === undefined ? "" : `. ${row.reason}`}`,
    ),
    "",
  ];
}

function section(result: Result, common: Machine): readonly string[] {
  const { name, title, takenAt, tookSeconds, quick, machine, rows, how } = result;
  const elsewhere =
    machineInWords(machine) === machineInWords(common) ? "" : ` on ${machineInWords(machine)}`;
  return [
    `## ${title}`,
    "",
    "| | Value | Goal | |",
    "| --- | --- | --- | --- |",
    ...rows.map(
      (row) => `| ${cell(row.what)} | ${cell(row.value)} | ${cell(row.goal ?? "")} | ${verdict(row)} |`,
    ),
    "",
    ...(result.failed ?? []).flatMap((part) => [`**Could not be measured:** ${cell(part)}`, ""]),
    ...how,
    "",
    `Taken ${takenAt}${elsewhere}, load average ${machine.load} before it, ${tookSeconds} s${quick ? ", **with the smaller counts of `--quick`**" : ""}. Again: \`npm run bench -- ${name}\`.`,
    "",
  ];
}
