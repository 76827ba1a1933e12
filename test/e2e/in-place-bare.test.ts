import { inPlaceCases } from "./in-place-cases.ts";
import { useInPlace } from "./in-place-shared.ts";

inPlaceCases(useInPlace(false), false);
