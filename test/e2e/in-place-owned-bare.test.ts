import { ownedReleases } from "./owned-releases.ts";
import { useOwned } from "./owned-world.ts";

ownedReleases(useOwned(false));
