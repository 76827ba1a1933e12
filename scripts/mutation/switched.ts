import type { Mutant } from "./mutant.ts";

interface Host {
  readonly start: number;
  readonly end: number;
  readonly kind: Mutant["host"]["kind"];
  readonly mutants: { readonly number: number; readonly text: string }[];
  readonly inner: Host[];
}

/**
 * `switch`: `(on(7) ? (a > b) : (a >= b))`, so that one loaded module serves for all mutants.
 * `probe`: `see((a >= b), 7, () => (a > b))`, to learn which mutants a test reaches, and for which of them the value
 * is another one at all. Only for code without effects: what is asked about is evaluated besides.
 */
export type Mode = "switch" | "probe";

/**
 * A file's text with all its mutants in it.
 *
 * @param numberOf the mutant's number, by which it is known at run time
 */
export function switched(
  text: string,
  mutants: readonly Mutant[],
  numberOf: (mutant: Mutant) => number,
  mode: Mode,
): string {
  const hosts = new Map<string, Host>();
  for (const mutant of mutants) {
    const { start, end, kind } = mutant.host;
    const key = `${start}-${end}-${kind}`;
    const host = hosts.get(key) ?? { start, end, kind, mutants: [], inner: [] };
    host.mutants.push({ number: numberOf(mutant), text: mutant.text });
    hosts.set(key, host);
  }
  const outer = nested([...hosts.values()]);
  const names = "const { on: __on, see: __see } = globalThis.__mutation;";
  return `${names} ${render({ text, mode }, 0, text.length, outer)}`;
}

/** Hosts are nodes of a tree, so each lies within another or beside it. */
function nested(hosts: Host[]): readonly Host[] {
  hosts.sort((one, two) => one.start - two.start || two.end - one.end || (one.kind === "statement" ? -1 : 1));
  const outer: Host[] = [];
  const open: Host[] = [];
  for (const host of hosts) {
    while (open.length > 0 && open.at(-1)!.end <= host.start) open.pop();
    (open.at(-1)?.inner ?? outer).push(host);
    open.push(host);
  }
  return outer;
}

interface File {
  readonly text: string;
  readonly mode: Mode;
}

function render(file: File, start: number, end: number, hosts: readonly Host[]): string {
  let out = "";
  let at = start;
  for (const host of hosts) {
    out += file.text.slice(at, host.start);
    const original = render(file, host.start, host.end, host.inner);
    if (host.kind === "statement") out += optional(host, original);
    else out += file.mode === "probe" ? seen(host, original) : chosen(host, original);
    at = host.end;
  }
  return out + file.text.slice(at, end);
}

const chosen = ({ mutants }: Host, original: string) =>
  `(${mutants.map(({ number, text }) => `__on(${number})?(${text}):`).join("")}(${original}))`;

const seen = ({ mutants }: Host, original: string) =>
  `__see((${original}),${mutants.map(({ number, text }) => `${number},()=>(${text})`).join()})`;

const optional = ({ mutants }: Host, original: string) =>
  `if(!__on(${mutants.map(({ number }) => number).join()})){${original}}`;
