/** One line of the page: something that was measured. */
export type Row = {
  readonly what: string;
  /** As it is printed, with its unit. */
  readonly value: string;
  /** As it is printed; absent: there is no goal, the value stands for itself. */
  readonly goal?: string;
  readonly met?: boolean;
  /** By how much and why, where a goal is missed. */
  readonly reason?: string;
  /** The same of Argo Rollouts 1.9.1 and Flagger 1.44.0, as measured before. */
  readonly peers?: { readonly argo: string; readonly flagger: string };
};

/** What one figure found. */
export type Findings = {
  readonly rows: readonly Row[];
  /** How it was measured, in sentences. */
  readonly how: readonly string[];
  /** What the rows were made of; goes to the results file as it is. */
  readonly raw: unknown;
  /** Parts that could not be measured, and why. */
  readonly failed?: readonly string[];
};

/** How a figure is to be taken. */
export type Effort = {
  /** Smaller counts: to see that it works, not for the page. */
  readonly quick: boolean;
  /** Says what is being done; one line each. */
  readonly say: (line: string) => void;
};

/** A figure: what it is called on the command line and on the page, and how it is taken. */
export type Figure = {
  readonly name: string;
  readonly title: string;
  readonly take: (effort: Effort) => Promise<Findings>;
};

/** A finding as it is kept. */
export type Result = Findings & {
  readonly name: string;
  readonly title: string;
  /** RFC 3339. */
  readonly takenAt: string;
  readonly tookSeconds: number;
  readonly quick: boolean;
  readonly machine: Machine;
};

/** Where it was taken. */
export type Machine = {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGiB: number;
  readonly kernel: string;
  readonly node: string;
  /** Load average of the minute before it began: who else was at work. */
  readonly load: number;
};

/** Takes a figure part by part: one that fails costs nothing that was found before or is found after it. */
export class Parts {
  readonly failed: string[] = [];
  readonly #effort: Effort;

  constructor(effort: Effort) {
    this.#effort = effort;
  }

  /** What `work` finds; undefined when it fails, which is noted and said. */
  async take<T>(what: string, work: () => Promise<T>): Promise<T | undefined> {
    try {
      return await work();
    } catch (error) {
      const [why = ""] = String(error).split("\n");
      this.failed.push(`${what}: ${why}`);
      this.#effort.say(`${what} could not be measured: ${why}`);
      return undefined;
    }
  }
}

/** A value against the greatest that is wanted. */
export function below(limit: number, value: number): { readonly met: boolean } {
  return { met: value < limit };
}
