import { gitOpsCases, inPlaceCases } from "./in-place-cases.ts";
import { useInPlace } from "./in-place-shared.ts";

const cluster = useInPlace(true);

inPlaceCases(cluster, true);
gitOpsCases(cluster, true);
