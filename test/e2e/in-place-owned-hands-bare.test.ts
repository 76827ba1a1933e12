import { ownedHands } from "./owned-hands.ts";
import { useOwned } from "./owned-world.ts";

ownedHands(useOwned(false), false);
