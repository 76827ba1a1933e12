/**
 * Stands in for "vitest" in the judge's process: the test files as they are, loaded once, each of their tests run as
 * often as needed, with vitest's own `expect`. What a test file uses beyond this fails at once, as a missing export.
 */
import { expect } from "vitest";

export { expect };

type Body = (...values: never[]) => unknown;
type Hook = () => unknown;

interface Suite {
  readonly name: string;
  readonly outer?: Suite;
  readonly before: Hook[];
  readonly after: Hook[];
  readonly beforeEach: Hook[];
  readonly afterEach: Hook[];
}

/** One test as its file declares it. */
export interface Case {
  /** With the names of the suites around it. */
  readonly name: string;
  readonly suite: Suite;
  readonly run: () => unknown;
}

const newSuite = (name: string, outer?: Suite): Suite => ({
  name,
  ...(outer ? { outer } : {}),
  before: [],
  after: [],
  beforeEach: [],
  afterEach: [],
});

let current = newSuite("");
let collected: Case[] = [];
let provided: Readonly<Record<string, unknown>> = {};

/** Loads one test file; returns its tests. */
export async function collect(load: () => Promise<unknown>): Promise<readonly Case[]> {
  current = newSuite("");
  collected = [];
  await load();
  return collected;
}

/** Values that test files ask for with `inject`. */
export function provide(values: Readonly<Record<string, unknown>>): void {
  provided = values;
}

export const inject = (key: string): unknown => provided[key];

const bodyOf = (rest: readonly unknown[]) => rest.find((value) => typeof value === "function") as Body;

function declare(name: string, ...rest: readonly unknown[]): void {
  const suite = current;
  const run = bodyOf(rest);
  collected.push({ name: [...namesOf(suite), name].join(" > "), suite, run: () => run() });
}

function group(name: string, ...rest: readonly unknown[]): void {
  const outer = current;
  current = newSuite(name, outer);
  bodyOf(rest)();
  current = outer;
}

const namesOf = (suite: Suite): readonly string[] =>
  suite.outer ? [...namesOf(suite.outer), ...(suite.name === "" ? [] : [suite.name])] : [];

const nothing = () => undefined;

/** One test or suite for each row; the row's values follow the title, so that names differ. */
const forEachRow =
  (one: (name: string, body: () => unknown) => void) =>
  (rows: readonly unknown[]) =>
  (name: string, ...rest: readonly unknown[]) => {
    const body = bodyOf(rest);
    rows.forEach((row, index) => {
      const values = (Array.isArray(row) ? row : [row]) as never[];
      one(`${name} #${index + 1}`, () => body(...values));
    });
  };

export const test = Object.assign(declare, { each: forEachRow(declare), skip: nothing });
export const it = test;
export const describe = Object.assign(group, { each: forEachRow(group), skip: nothing });
export const beforeAll = (hook: Hook) => current.before.push(hook);
export const afterAll = (hook: Hook) => current.after.push(hook);
export const beforeEach = (hook: Hook) => current.beforeEach.push(hook);
export const afterEach = (hook: Hook) => current.afterEach.push(hook);

/** Runs tests one by one; what their suites set up stays until the end. */
export class Session {
  readonly #open: Suite[] = [];

  /** Throws what the test, or a hook of it, throws. */
  async run({ suite, run }: Case): Promise<void> {
    const around = chain(suite);
    for (const outer of around) {
      if (this.#open.includes(outer)) continue;
      this.#open.push(outer);
      for (const hook of outer.before) await hook();
    }
    for (const outer of around) for (const hook of outer.beforeEach) await hook();
    try {
      await run();
    } finally {
      for (const outer of around.toReversed()) for (const hook of outer.afterEach) await hook();
    }
  }

  async end(): Promise<void> {
    for (const suite of this.#open.splice(0).toReversed()) {
      for (const hook of suite.after) await hook();
    }
  }
}

const chain = (suite: Suite): readonly Suite[] => [...(suite.outer ? chain(suite.outer) : []), suite];
