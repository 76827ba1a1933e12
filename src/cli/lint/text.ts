import { type Line, plain, printable, styled } from "../text/line.ts";
import type { LintReport } from "./lint.ts";

/** The report as compilers write theirs: `FILE:LINE: error: FIELD: what is wrong`. */
export function lintLines(file: string, report: LintReport): readonly Line[] {
  const lines = report.objects.flatMap(({ findings }) =>
    findings.map(({ level, line, path, message }): Line => {
      const tone = level === "error" ? styled("error", "red", "bold") : styled("warning", "yellow", "bold");
      const field = path === "" ? [] : [styled(path, "bold"), { text: ": " }];
      return [{ text: `${file}:${line}: ` }, tone, { text: ": " }, ...field, { text: printable(message) }];
    }),
  );
  const others = report.others.length;
  const left = others === 0 ? "" : ` (${others} other object${others === 1 ? "" : "s"} left out)`;
  return [...lines, plain(`${summary(report)}${left}`)];
}

function summary({ objects }: LintReport): string {
  const findings = objects.flatMap((object) => object.findings);
  const count = (level: string, noun: string) => {
    const number = findings.filter((finding) => finding.level === level).length;
    return `${number} ${noun}${number === 1 ? "" : "s"}`;
  };
  const what = `${objects.length} ModelRollout${objects.length === 1 ? "" : "s"}`;
  return `${what}: ${count("error", "error")}, ${count("warning", "warning")}`;
}
