import type { ModelRollout } from "../../src/api/types.ts";
import type { Observed } from "../../src/core/observed.ts";
import { Story } from "./commands.ts";
import { Memory, readAlarm, readHealth, readRouter, region, snapshot } from "./snapshot.ts";

/** A story that stands in some state, with everything freshly read one millisecond later. */
export function standing(commands: readonly string[]): {
  readonly story: Story;
  readonly rollout: ModelRollout;
  readonly observed: Observed;
} {
  const story = new Story();
  for (const line of commands) story.run(line);
  story.world.advance(1);
  const memory = new Memory();
  memory.router = readRouter(story.world);
  memory.health = readHealth(story.world);
  memory.alarms.set(`${region}/5xx`, readAlarm(story.world, story.world.alarm("5xx")));
  return { story, rollout: story.world.resource, observed: snapshot(story.world, memory) };
}
