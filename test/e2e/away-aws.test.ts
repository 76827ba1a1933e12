import { test } from "vitest";
import { awsAway } from "./away-aws.ts";
import { useWorld } from "./shared.ts";

const world = useWorld();

/** For minutes: away-aws.long.test.ts. */
test("AWS is away for 8 s in each state of a release: everything comes to its end", async () => {
  await awsAway(world, 8_000);
});
