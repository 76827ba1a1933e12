import type { Dice } from "./dice.ts";
import { drawSettings } from "./spec.ts";
import type { World } from "./world.ts";

/** What somebody does to the Deployment that is rolled in place, as text. */
export function disturbDeployment(world: World, dice: Dice): string {
  const { hands } = world;
  const acts: Readonly<Record<string, () => void>> = {
    "set image": () => hands.setImage(`f${dice.whole(1, 3)}`),
    restart: () => hands.restart(),
    undo: () => hands.undo(),
    pause: () => hands.pause(true),
    resume: () => hands.pause(false),
    settings: () => hands.set(drawSettings(dice)),
    unlabel: () => hands.unlabel(),
    "delete Deployment": () => hands.delete(),
    "Deployment made anew": () => {
      hands.delete();
      if (world.setup.way === "adopted") world.timeline.in(dice.between(100, 8_000), () => hands.apply());
    },
    ...(world.setup.way === "owned" ? { scale: () => hands.scale(dice.whole(0, 6)) } : {}),
  };
  const [name, act] = dice.pick(Object.entries(acts));
  act();
  return name;
}

/** An autoscaler: to a tenth, to nothing, and back, sometimes within moments. */
export function scaleDeployment(world: World, dice: Dice): string {
  const { hands } = world;
  const replicas = dice.pick([0, 1, 3, 4, 8, 10, 14]);
  hands.scale(replicas);
  if (replicas > 0) return `${replicas} replicas`;
  const backMs = dice.pick([50, 2_000, 20_000]);
  world.timeline.in(backMs, () => hands.scale(10));
  return `0 replicas, back in ${backMs} ms`;
}
