/** To the judge's process. */
export type Order =
  | {
      readonly kind: "load";
      /** Text by module URL, in place of the file's. */
      readonly sources: Readonly<Record<string, string>>;
      /** Test files, as URLs. */
      readonly tests: readonly string[];
      /** Number of the mutant that is on while modules are loaded; -1 for none. */
      readonly mutant: number;
      /** How many numbers there are. */
      readonly count: number;
      /** For `inject`. */
      readonly provided: Readonly<Record<string, unknown>>;
    }
  | {
      readonly kind: "run";
      /** Places in the list of cases, in the order to run them in; the first that fails ends it. */
      readonly cases: readonly number[];
      readonly mutant: number;
    };

/** From the judge's process. */
export type Report =
  | {
      readonly kind: "loaded";
      readonly cases: readonly { readonly file: string; readonly name: string }[];
      /** Mutants that are reached while the modules under test are loaded. */
      readonly atLoad: readonly number[];
    }
  | { readonly kind: "broken"; readonly message: string }
  | { readonly kind: "began"; readonly place: number }
  | {
      readonly kind: "ran";
      readonly red?: { readonly place: number; readonly message: string };
      /** Mutants that were reached, and those of them whose value was another one. */
      readonly reached: readonly number[];
      readonly differing: readonly number[];
    };
