import { afterAll, beforeAll, describe, it } from "vitest";
import { alarmCases } from "./alarms-cases.ts";
import { troubleCases } from "./alarms-trouble.ts";
import type { AlarmAbility, AlarmWorld } from "./alarms-world.ts";

const cases = [...alarmCases, ...troubleCases];

/**
 * What the alarm poller promises, against CloudWatch's imitations. What a world cannot show is printed by name,
 * with the reason.
 */
export function alarmsContract(
  name: string,
  cannot: Readonly<Partial<Record<AlarmAbility, string>>>,
  start: () => Promise<AlarmWorld>,
): void {
  describe(`alarms contract: ${name}`, () => {
    let world: AlarmWorld;
    const lacking = (needs: readonly AlarmAbility[] = []): string | undefined =>
      needs.map((ability) => cannot[ability]).find((reason) => reason !== undefined);
    beforeAll(async () => {
      world = await start();
      const left = cases.flatMap((each) => {
        const reason = lacking(each.needs);
        return reason === undefined ? [] : [`  - ${each.name} -- ${reason}`];
      });
      if (left.length > 0) console.warn(`\nNot run with ${name}:\n${left.join("\n")}`);
    });
    afterAll(async () => {
      await world?.stop();
    });
    for (const [index, { name: sentence, needs, run }] of cases.entries()) {
      if (lacking(needs) === undefined) it(sentence, () => run(world, `case${index}x`));
    }
  });
}
