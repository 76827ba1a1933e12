import { handsCases } from "./in-place-hands.ts";
import { useInPlace } from "./in-place-shared.ts";

handsCases(useInPlace(false), false);
