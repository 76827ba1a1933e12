/** One file that is made from code and committed. */
export interface GeneratedFile {
  /** From the root of the project. */
  readonly path: string;
  /** Its whole text, with a newline at the end; the same on every machine. */
  render(): string;
}
