import { expect, test } from "vitest";
import type { Machine, Result, Row } from "./figure.ts";
import { renderPage } from "./page.ts";

const machine: Machine = {
  cpu: "Some CPU",
  cores: 2,
  memoryGiB: 24,
  kernel: "Linux 6.1",
  node: "v24.0.0",
  load: 0.5,
};

const resultOf = (rows: readonly Row[], changes: Partial<Result> = {}): Result => ({
  name: "rest",
  title: "At rest",
  takenAt: "2026-11-21T14:00:00Z",
  tookSeconds: 90,
  quick: false,
  machine,
  rows,
  how: ["Counted."],
  raw: {},
  ...changes,
});

test("a goal is met or missed, and what is missed stands at the top with its reason", () => {
  const page = renderPage([
    resultOf([
      { what: "requests", value: "0", goal: "none", met: true },
      { what: "memory", value: "200 MiB", goal: "under 100 MiB", met: false, reason: "Node's heap." },
    ]),
  ]);
  expect(page).toContain("| requests | 0 | none | met |");
  expect(page).toContain("| memory | 200 MiB | under 100 MiB | **missed** |");
  expect(page).toContain("- rest, memory: 200 MiB instead of under 100 MiB. Node's heap.");
});

test("says where, when and how again, and never hides that counts were smaller", () => {
  const page = renderPage([resultOf([{ what: "requests", value: "0" }], { quick: true })]);
  expect(page).toContain("2 cores (Some CPU), 24 GiB, Linux 6.1, Node v24.0.0");
  expect(page).toContain("Taken 2026-11-21T14:00:00Z, load average 0.5 before it, 90 s");
  expect(page).toContain("**with the smaller counts of `--quick`**");
  expect(page).toContain("`npm run bench -- rest`");
  expect(page).toContain("Every goal is met.");
});

test("a part that could not be measured is said beside the others, and at the top", () => {
  const page = renderPage([
    resultOf([{ what: "100 rollouts", value: "120 MiB" }], { failed: ["1,000 rollouts: Error: it died"] }),
  ]);
  expect(page).toContain("| 100 rollouts | 120 MiB |");
  expect(page).toContain("**Could not be measured:** 1,000 rollouts: Error: it died");
  expect(page).toContain("- rest, 1,000 rollouts: Error: it died");
});

test("peers stand beside what they are compared with; a bar in a value breaks no table", () => {
  const peers = { argo: "30", flagger: "a | b" };
  const page = renderPage([resultOf([{ what: "Lease", value: "60", peers }])]);
  expect(page).toContain("| At rest: Lease | 60 | 30 | a \\| b |");
});

test("another machine is named where its figure is", () => {
  const older = resultOf([], {
    name: "size",
    takenAt: "2026-11-20T14:00:00Z",
    machine: { ...machine, cpu: "Old CPU" },
  });
  const page = renderPage([older, resultOf([])]);
  expect(page).toContain("Machine: 2 cores (Some CPU)");
  expect(page).toContain("Taken 2026-11-20T14:00:00Z on 2 cores (Old CPU)");
});

test("nothing was found: there is no page", () => {
  expect(() => renderPage([])).toThrow(RangeError);
});
