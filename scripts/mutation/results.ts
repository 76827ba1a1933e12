import { appendFileSync, existsSync, mkdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { root } from "../command.ts";
import type { Mutant, Operator } from "./mutant.ts";
import type { Layer } from "./scope.ts";

/** What became of a mutant. */
export interface Result {
  readonly id: string;
  readonly file: string;
  readonly line: number;
  readonly operator: Operator;
  readonly before: string;
  readonly after: string;
  /** `unreached`: no test runs the line. */
  readonly verdict: "killed" | "survived" | "unreached";
  readonly layer?: Layer;
  /** The test that found it. */
  readonly by?: string;
  /** A test failed, hung, ended the process, or the module could not even be loaded. */
  readonly how?: "red" | "timeout" | "crash" | "load";
  /** How many tests were asked. */
  readonly asked: number;
  /** How many could have told it from the real code. */
  readonly of?: number;
}

/** A line for each mutant judged, so that a run that was stopped can go on. */
export class Results {
  readonly #path: string;
  readonly #known = new Map<string, Result>();

  constructor(path: string = join(root, "reports", "mutation.jsonl")) {
    this.#path = path;
    if (!existsSync(path)) return;
    for (const line of readFileSync(path, "utf8").split("\n")) {
      if (line === "") continue;
      const result = JSON.parse(line) as Result;
      this.#known.set(result.id, result);
    }
  }

  /** Results of these mutants, as far as they were ever judged, each where it stands now. */
  known(mutants: readonly Mutant[]): readonly Result[] {
    return mutants.flatMap((mutant) => {
      const result = this.of(mutant);
      return result ? [{ ...result, line: mutant.line }] : [];
    });
  }

  of({ id }: Mutant): Result | undefined {
    return this.#known.get(id);
  }

  add(result: Result): void {
    mkdirSync(dirname(this.#path), { recursive: true });
    appendFileSync(this.#path, `${JSON.stringify(result)}\n`);
    this.#known.set(result.id, result);
  }
}
