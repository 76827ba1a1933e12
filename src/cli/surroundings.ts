import type { Clock } from "../runtime/clock.ts";
import type { Cluster, ClusterFlags } from "./cluster/cluster.ts";

/** A terminal that can be drawn on. */
export interface Screen {
  columns(): number;
  rows(): number;
  /** Returns what takes the listener away again. */
  onResize(listener: () => void): () => void;
}

/** Everything of the process that a command uses; main.ts has the real one. */
export interface Surroundings {
  readonly version: string;
  readonly clock: Clock;
  /** Aborted by Ctrl-C and SIGTERM. */
  readonly signal: AbortSignal;
  readonly out: {
    write(text: string): void;
    readonly colour: boolean;
    /** Absent in pipes and files. */
    readonly screen?: Screen;
  };
  readonly err: { write(text: string): void; readonly colour: boolean };
  /** `-` is standard input. Throws Problem. */
  read(file: string): Promise<string>;
  /** Throws Problem. */
  connect(flags: ClusterFlags): Promise<Cluster>;
}
