import { join } from "node:path";
import type { SourceFile } from "typescript/unstable/ast";
import { API, type Program } from "typescript/unstable/sync";
import { root } from "../command.ts";
import type { Mutant } from "./mutant.ts";

/** Complaints about what is declared and not used: true of a mutant, but none about what the code does. */
const unused = new Set([6133, 6192, 6196, 6198, 6199, 6205]);

/** TypeScript's own syntax trees of the project's files, and its judgement of a mutant. */
export class Syntax {
  readonly #changed = new Map<string, string>();
  readonly #api = new API({ cwd: root, fs: { readFile: (path) => this.#changed.get(path) } });
  readonly #whole = this.#program();

  #program(changed: readonly string[] = []): Program {
    const config = join(root, "tsconfig.json");
    const snapshot = this.#api.updateSnapshot(
      changed.length > 0 ? { fileChanges: { changed: [...changed] } } : { openProjects: [config] },
    );
    const project = snapshot.getProject(config);
    if (!project) throw new Error("TypeScript opens no project at tsconfig.json");
    return project.program;
  }

  /** Offsets in the tree are those of JavaScript strings. @param file path from the root of the project */
  read(file: string): SourceFile {
    const source = this.#whole.getSourceFile(join(root, file));
    if (!source) throw new Error(`${file} is no file of tsconfig.json's`);
    return source;
  }

  /** What TypeScript says against the file with this change in it, if anything. */
  refusal({ file, host, text }: Mutant): string | undefined {
    const path = join(root, file);
    const before = this.read(file).text;
    const stale = [...this.#changed.keys()];
    this.#changed.clear();
    const put = host.kind === "expression" ? `(${text})` : text;
    this.#changed.set(path, before.slice(0, host.start) + put + before.slice(host.end));
    const errors = this.#program([...stale, path])
      .getSemanticDiagnostics(path)
      .filter(({ code }) => !unused.has(code));
    return errors[0]?.text;
  }

  close(): void {
    this.#api.close();
  }
}
