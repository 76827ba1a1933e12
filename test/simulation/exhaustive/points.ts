import { type Death, play } from "./play.ts";
import type { Script } from "./scripts.ts";

export interface Points {
  readonly effects: number;
  /** Places at which the process died, and how many of them with a second death in the recovery. */
  readonly points: number;
  readonly failures: readonly string[];
}

const moments = ["before", "after"] as const;

/**
 * A script, played once with a death before and after each of its effects, and again for each of these with a second death
 * before and after each of the first `deep` effects of the recovery. All must end the same.
 */
export async function everyPoint(script: Script, deep: number): Promise<Points> {
  const whole = await play(script);
  const failures = whole.violations.map((what) => `${script.name}: ${what}`);
  let points = 0;
  for (let effect = 1; effect <= whole.effects; effect += 1) {
    for (const moment of moments) {
      const once: Death = { effect, moment };
      const second = Array.from({ length: deep }, (_, index) => index + 1);
      const courses: readonly (readonly Death[])[] = [
        [once],
        ...second.flatMap((later) => moments.map((again) => [once, { effect: later, moment: again }])),
      ];
      for (const deaths of courses) {
        const played = await play(script, deaths);
        points += 1;
        const where = `${script.name}, death ${deaths.map((death) => `${death.moment} effect ${death.effect}`).join(", then ")}`;
        if (played.violations.length > 0) failures.push(`${where}: ${played.violations.join("; ")}`);
        else if (played.end !== whole.end)
          failures.push(`${where}: ends otherwise\n${differences(whole.end, played.end)}`);
      }
    }
  }
  return { effects: whole.effects, points, failures };
}

function differences(wanted: string, found: string): string {
  const [left, right] = [wanted.split("\n"), found.split("\n")];
  return [
    ...left.filter((line) => !right.includes(line)).map((line) => `- ${line}`),
    ...right.filter((line) => !left.includes(line)).map((line) => `+ ${line}`),
  ].join("\n");
}
