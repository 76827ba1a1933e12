/** The judge's process: loads the modules with all mutants behind switches, and runs tests with one of them on. */
import { registerHooks } from "node:module";
import { configureGlobal } from "fast-check";
import type { Order, Report } from "./messages.ts";
import { Probe } from "./probe.ts";
import { type Case, collect, provide, Session } from "./suite.ts";

const suiteUrl = new URL("./suite.ts", import.meta.url).href;
const probe = new Probe();
Object.assign(globalThis, { __mutation: { on: probe.on, see: probe.see } });
// One seed, so that a verdict can be repeated.
configureGlobal({ seed: 4_711 });

const cases: Case[] = [];

function answer(report: Report): void {
  process.send?.(report);
}

async function load(order: Order & { kind: "load" }): Promise<void> {
  const { sources, tests, mutant, count, provided } = order;
  registerHooks({
    resolve: (specifier, context, next) =>
      specifier === "vitest" && context.parentURL !== suiteUrl
        ? { url: suiteUrl, shortCircuit: true }
        : next(specifier, context),
    load: (url, context, next) => {
      const source = sources[url];
      const format = "module-typescript";
      return source === undefined ? next(url, context) : { format, source, shortCircuit: true };
    },
  });
  probe.resize(count);
  probe.active = mutant;
  provide(provided);
  for (const url of Object.keys(sources)) await import(url);
  const atLoad = probe.reached;
  const named: { file: string; name: string }[] = [];
  for (const file of tests) {
    const own = await collect(() => import(file));
    cases.push(...own);
    named.push(...own.map(({ name }) => ({ file, name })));
  }
  answer({ kind: "loaded", cases: named, atLoad });
}

async function run({ cases: places, mutant }: Order & { kind: "run" }): Promise<void> {
  const session = new Session();
  let red: { place: number; message: string } | undefined;
  probe.forget();
  probe.active = mutant;
  for (const place of places) {
    answer({ kind: "began", place });
    try {
      await session.run(cases[place]!);
    } catch (error) {
      red = { place, message: messageOf(error) };
      break;
    }
  }
  const { reached, differing } = probe;
  probe.active = -1;
  await session.end().catch(() => undefined);
  answer({ kind: "ran", reached, differing, ...(red ? { red } : {}) });
}

function messageOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).slice(0, 2_000);
}

process.on("message", (order: Order) => {
  const done = order.kind === "load" ? load(order) : run(order);
  done.catch((error: unknown) => answer({ kind: "broken", message: messageOf(error) }));
});
process.on("disconnect", () => process.exit());
// What a mutant leaves behind (a promise that nobody waits for any more) must not end the process.
process.on("unhandledRejection", () => undefined);
process.on("uncaughtException", () => undefined);
