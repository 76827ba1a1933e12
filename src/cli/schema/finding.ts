import type { Path } from "./structural-schema.ts";

/** What is wrong with a field. */
export interface Finding {
  readonly path: Path;
  /** unknown: the schema has no such field. Others as the API server tells them apart. */
  readonly kind:
    | "required"
    | "type"
    | "unsupported"
    | "bounds"
    | "too-many"
    | "duplicate"
    | "unknown"
    | "rule";
  /** What it must be, and what to write instead. Without the path. */
  readonly message: string;
}
