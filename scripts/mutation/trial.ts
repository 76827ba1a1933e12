import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { root } from "../command.ts";
import { Judge } from "./judge.ts";
import type { Mutant } from "./mutant.ts";
import { mutantsOf } from "./mutants.ts";
import { type Known, Order } from "./order.ts";
import type { Result } from "./results.ts";
import { type Layer, layerOf } from "./scope.ts";
import { type Mode, switched } from "./switched.ts";
import type { Syntax } from "./syntax.ts";

const urlOf = (file: string) => pathToFileURL(join(root, file)).href;
const rootUrl = pathToFileURL(root).href;

export interface Material {
  readonly sources: readonly string[];
  readonly tests: readonly string[];
  /** The sources have no effects: see {@link Mode}. */
  readonly pure: boolean;
  readonly provided?: Readonly<Record<string, unknown>>;
  /** Layers that are not asked. */
  readonly without?: readonly Layer[];
  /** The first tests and TypeScript are enough: a survivor is to be asked about again. */
  readonly hasty?: boolean;
  /** They were asked about before: see {@link Order}. */
  readonly again?: boolean;
}

/** How long a test may take with a mutant: far longer than without, on a machine that is busy. */
const limitOf = (ms: number) => 4_000 + 5 * ms;
/** So many tests, and those beside the file, are asked before TypeScript. */
const FIRST = 30;
/** A test without a mutant, while it is probed. */
const PROBE_LIMIT_MS = 300_000;

/** Mutants of some files before the tests that judge them. */
export class Trial {
  readonly mutants: readonly Mutant[];
  readonly #material: Material;
  readonly #syntax: Syntax;
  readonly #numbers: ReadonlyMap<string, number>;
  readonly #judge: Judge;
  readonly #order: Order;
  #cases: readonly Known[] = [];
  #atLoad: ReadonlySet<number> = new Set();
  /** Mutants that some test reaches. */
  readonly #reached = new Set<number>();
  /** Places of the tests that can tell each mutant, by its number. */
  readonly #telling: readonly Set<number>[];

  constructor(syntax: Syntax, material: Material) {
    this.#syntax = syntax;
    this.#material = material;
    this.mutants = material.sources.flatMap((file) => mutantsOf(file, syntax.read(file)));
    this.#numbers = new Map(this.mutants.map(({ id }, number) => [id, number]));
    this.#telling = this.mutants.map(() => new Set());
    this.#judge = this.#process("switch");
    this.#order = new Order(material.again === true);
  }

  #process(mode: Mode): Judge {
    const { sources, tests, provided = {} } = this.#material;
    const byFile = Map.groupBy(this.mutants, ({ file }) => file);
    const text = (file: string) =>
      switched(
        this.#syntax.read(file).text,
        byFile.get(file) ?? [],
        ({ id }) => this.#numbers.get(id)!,
        mode,
      );
    return new Judge({
      sources: Object.fromEntries(sources.map((file) => [urlOf(file), text(file)])),
      tests: tests.map(urlOf),
      count: this.mutants.length,
      provided,
    });
  }

  /** Runs every test once without a mutant. @returns the tests that fail anyway; they judge nothing */
  async prepare(): Promise<readonly string[]> {
    const { cases, atLoad } = await this.#judge.load();
    this.#atLoad = new Set(atLoad);
    const known: Known[] = [];
    const red: string[] = [];
    for (const [place, { file: url, name }] of cases.entries()) {
      const file = url.slice(rootUrl.length);
      const layer = layerOf(file);
      if (this.#material.without?.includes(layer)) continue;
      const since = performance.now();
      const ending = await this.#judge.run(-1, [place], () => PROBE_LIMIT_MS);
      if (ending.how === "green") {
        known.push({ place, file, name, layer, ms: performance.now() - since, tells: 0 });
        this.#learn(place, ending.reached, ending.reached);
      } else red.push(`${file}: ${name}: ${ending.how === "red" ? ending.message : ending.how}`);
    }
    if (this.#material.pure) await this.#probe(known.filter(({ layer }) => layer !== "worlds"));
    const tells = (place: number) => this.#telling.filter((telling) => telling.has(place)).length;
    this.#cases = known.map((one) => ({ ...one, tells: tells(one.place) }));
    return red;
  }

  /** Learns which tests give a mutant another value; the rest cannot tell it. */
  async #probe(cases: readonly Known[]): Promise<void> {
    const probing = this.#process("probe");
    await probing.load();
    for (const { place } of cases) {
      const ending = await probing.run(-1, [place], () => PROBE_LIMIT_MS);
      if (ending.how !== "green") continue;
      for (const telling of this.#telling) telling.delete(place);
      this.#learn(place, ending.reached, ending.differing);
    }
    probing.stop();
  }

  #learn(place: number, reached: readonly number[], telling: readonly number[]): void {
    for (const number of reached) this.#reached.add(number);
    for (const number of telling) this.#telling[number]?.add(place);
  }

  get tests(): number {
    return this.#cases.length;
  }

  async judge(mutant: Mutant): Promise<Result> {
    const { id, file, line, operator, before, after } = mutant;
    const about = { id, file, line, operator, before, after };
    const number = this.#numbers.get(id)!;
    const atLoad = this.#atLoad.has(number);
    const telling = atLoad
      ? this.#cases
      : this.#cases.filter(({ place }) => this.#telling[number]!.has(place));
    if (telling.length === 0) {
      return {
        ...about,
        ...this.#unseen(mutant, this.#reached.has(number) ? "survived" : "unreached"),
        asked: 0,
      };
    }
    if (atLoad) {
      try {
        await this.#judge.load(number);
      } catch {
        return { ...about, verdict: "killed", how: "load", asked: 0 };
      }
    }
    const asked = this.#order.sort(telling, file);
    const beside = file.replace(/\.ts$/, ".test.ts");
    const isFirst = (known: Known, place: number) => place < FIRST || known.file === beside;
    const first = asked.filter(isFirst);
    const rest = asked.filter((known, place) => !isFirst(known, place));
    const early = await this.#ask(mutant, first);
    if (early) return { ...about, ...early };
    // A mutant that so many tests miss is often one that has no type, and TypeScript answers sooner than the rest.
    const refused = this.#unseen(mutant, "survived");
    if (refused.verdict === "killed") return { ...about, ...refused, asked: first.length };
    const of = asked.length;
    if (this.#material.hasty) return { ...about, ...refused, asked: first.length, of };
    const late = await this.#ask(mutant, rest);
    if (!late) return { ...about, ...refused, asked: of, of };
    return { ...about, ...late, asked: first.length + late.asked };
  }

  /** The first of these tests that sees the mutant. */
  async #ask(
    { id, file }: Mutant,
    tests: readonly Known[],
  ): Promise<Pick<Result, "verdict" | "how" | "layer" | "by" | "asked"> | undefined> {
    if (tests.length === 0) return undefined;
    const byPlace = new Map(tests.map((known) => [known.place, known]));
    const ending = await this.#judge.run(this.#numbers.get(id)!, [...byPlace.keys()], (place) =>
      limitOf(byPlace.get(place)?.ms ?? 0),
    );
    if (ending.how === "green") return undefined;
    const by = byPlace.get(ending.place)!;
    this.#order.found(by, file);
    const { layer, name, file: test } = by;
    const asked = tests.indexOf(by) + 1;
    return { verdict: "killed", how: ending.how, layer, by: `${test}: ${name}`, asked };
  }

  #unseen(mutant: Mutant, verdict: "survived" | "unreached"): Pick<Result, "verdict" | "layer" | "by"> {
    const refusal = this.#syntax.refusal(mutant);
    return refusal === undefined ? { verdict } : { verdict: "killed", layer: "types", by: refusal };
  }

  end(): void {
    this.#judge.stop();
  }
}
