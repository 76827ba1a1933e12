import { test } from "vitest";
import { awsAway } from "./away-aws.ts";
import { useWorld } from "./shared.ts";

const world = useWorld();

test("AWS is away for three minutes in each state of a release: everything comes to its end", async () => {
  await awsAway(world, 180_000);
}, 420_000);
