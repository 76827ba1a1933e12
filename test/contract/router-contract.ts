import { afterAll, beforeAll, describe, it } from "vitest";
import { readCases } from "./router-reads.ts";
import { rollbackCases } from "./router-rollbacks.ts";
import { shiftCases } from "./router-shifts.ts";
import type { Ability, Case, RouterWorld } from "./router-world.ts";

const chapters: Readonly<Record<string, readonly Case[]>> = {
  "reading and health": readCases,
  "raise, repair, restore": shiftCases,
  rollback: rollbackCases,
};

/** What a world cannot show, for people: each reason with the cases it costs. */
function beyond(cases: readonly Case[], cannot: RouterWorld["cannot"]): string {
  const costs = new Map<string, string[]>();
  for (const { name, needs = [] } of cases) {
    const lacking: Ability | undefined = needs.find((ability) => cannot[ability] !== undefined);
    const reason = lacking && cannot[lacking];
    if (reason !== undefined) costs.set(reason, [...(costs.get(reason) ?? []), name]);
  }
  return [...costs]
    .map(([reason, names]) => `${reason}:\n${names.map((name) => `  - ${name}`).join("\n")}`)
    .join("\n");
}

/**
 * The contract of TrafficRouter (src/routers/router.ts), sentence by sentence. Every router runs it, against every
 * service or imitation that can stand in for its own. What a world cannot do is printed by name.
 */
export function routerContract(
  name: string,
  cannot: RouterWorld["cannot"],
  start: () => Promise<RouterWorld>,
): void {
  describe(`router contract: ${name}`, () => {
    let world: RouterWorld;
    beforeAll(async () => {
      world = await start();
      const left = beyond(Object.values(chapters).flat(), cannot);
      if (left !== "") console.warn(`\nNot run with ${name}, because\n${left}`);
    });
    afterAll(async () => {
      await world?.stop();
    });
    for (const [chapter, cases] of Object.entries(chapters)) {
      describe(chapter, () => {
        for (const { name: sentence, needs = [], run } of cases) {
          if (needs.some((ability) => cannot[ability] !== undefined)) continue;
          it(sentence, () => run(world));
        }
      });
    }
  });
}
