import { gitOpsCases, inPlaceCases } from "./in-place-cases.ts";
import { useInPlace } from "./in-place-shared.ts";

const cluster = useInPlace(false);

inPlaceCases(cluster, false);
gitOpsCases(cluster, false);
