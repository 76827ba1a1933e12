import { globSync } from "node:fs";
import { relative } from "node:path";
import { fileURLToPath } from "node:url";
import { root } from "../command.ts";

/** Code under test, with the tests that judge it. */
export interface Scope {
  readonly name: "core" | "routers" | "alarms" | "workloads";
  readonly sources: readonly string[];
  readonly tests: readonly string[];
  /** Without effects, so that any part can be evaluated once more. */
  readonly pure: boolean;
}

/**
 * What found a mutant, in the order in which they are asked: tests by their kind, and where all tests pass TypeScript,
 * which refuses many that no test could ever meet.
 */
export const layers = ["story", "contract", "unit", "simulation", "edited", "worlds", "types"] as const;
export type Layer = (typeof layers)[number];

const find = (...patterns: readonly string[]) => globSync([...patterns], { cwd: root }).sort();

const code = (...patterns: readonly string[]) =>
  find(...patterns).filter((file) => !file.endsWith(".test.ts"));

const seeds = relative(root, fileURLToPath(new URL("./seeds.ts", import.meta.url)));

/** What is mutated. Of routers and alarms that is what decides or translates, not what calls AWS. */
export function scopes(): readonly Scope[] {
  return [
    {
      name: "core",
      sources: code("src/core/**/*.ts"),
      tests: find("test/scenarios/**/*.test.ts", "src/core/**/*.test.ts"),
      pure: true,
    },
    {
      name: "routers",
      sources: code("src/routers/*/translate.ts", "src/routers/{shift,rollback,target-driver}.ts"),
      tests: [
        ...find("test/contract/{alb,app-mesh}-{simulator,specifics}.test.ts", "src/routers/**/*.test.ts"),
        seeds,
      ],
      pure: false,
    },
    {
      name: "alarms",
      sources: code("src/alarms/alarm-{history,read}.ts"),
      tests: find("test/contract/alarms-simulator.test.ts", "src/alarms/*.test.ts"),
      pure: false,
    },
    {
      name: "workloads",
      sources: code("src/workloads/**/*.ts"),
      tests: [...find("src/workloads/**/*.test.ts"), seeds],
      pure: false,
    },
  ];
}

/** @param file path of a test file from the root */
export function layerOf(file: string): Layer {
  if (file === seeds) return "simulation";
  if (file.startsWith("test/contract/")) return "contract";
  if (file.startsWith("src/") || file.startsWith("scripts/")) return "unit";
  if (file === "test/scenarios/edited-status.test.ts") return "edited";
  return /random|exhaustive|deployment-controller/.test(file) ? "worlds" : "story";
}
