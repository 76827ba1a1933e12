/** What the command line asks for. */
export type Asked =
  | {
      readonly ok: true;
      readonly names: readonly string[];
      readonly quick: boolean;
      /** Make the bundle first. */
      readonly build: boolean;
      /** Write the page from what is there. */
      readonly pageOnly: boolean;
    }
  | { readonly ok: false; readonly problem: string };

const flags = ["--quick", "--no-build", "--page"];

/** Reads `[NAME…] [--quick] [--no-build] [--page]`; without a name all are meant. */
export function parseArguments(args: readonly string[], known: readonly string[]): Asked {
  const named = args.filter((arg) => !arg.startsWith("--"));
  const unknown = args.find((arg) => !flags.includes(arg) && !known.includes(arg));
  if (unknown !== undefined) {
    const problem = `bench: unknown: ${unknown}\nfigures: ${known.join(" ")}\nflags: ${flags.join(" ")}`;
    return { ok: false, problem };
  }
  return {
    ok: true,
    names: named.length === 0 ? known : known.filter((name) => named.includes(name)),
    quick: args.includes("--quick"),
    build: !args.includes("--no-build"),
    pageOnly: args.includes("--page"),
  };
}
