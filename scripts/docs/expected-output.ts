/**
 * Compares what a page shows with what its commands print. Every line that is shown must be printed, in this order;
 * others may be printed in between. Columns may be of another width; times, ages, revisions and addresses differ from
 * run to run, and `…` stands for anything.
 */
export function missingLine(shown: string, printed: string): string | undefined {
  const lines = printed.split("\n").map(levelled);
  let from = 0;
  for (const line of shown.split("\n")) {
    if (line.trim() === "") continue;
    const pattern = patternOf(levelled(line));
    const found = lines.findIndex((each, index) => index >= from && pattern.test(each));
    if (found < 0) return line;
    from = found + 1;
  }
  return undefined;
}

/** A line without what differs from run to run. */
function levelled(line: string): string {
  return line
    .replaceAll(/\b\d{4}-\d{2}-\d{2}T[\d:.]+Z\b/g, "INSTANT")
    .replaceAll(/\b\d{2}:\d{2}:\d{2}\b/g, "CLOCK")
    .replaceAll(/\b(?=[0-9a-f]*\d)[0-9a-f]{10}\b/g, "REVISION")
    .replaceAll(/\b(?:\d+(?:\.\d+)?(?:ms|[dhms]))+\b/g, "TIME")
    .replaceAll(/\b\d+ (?:ms|s|min|h|d)\b/g, "TIME")
    .replaceAll(/\b127\.0\.0\.1:\d+\b/g, "ADDRESS")
    .replaceAll(/\s+/g, " ")
    .trim();
}

function patternOf(line: string): RegExp {
  const parts = line.split("…").map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`^${parts.join(".*")}$`);
}
