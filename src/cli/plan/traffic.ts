import { resolveSpec } from "../../api/defaults.ts";
import type { ModelRolloutSpec, ModelRolloutStatus } from "../../api/types.ts";
import { acknowledgedShare, watchedDestination } from "../../core/context.ts";
import { drivenTraffic } from "../../core/driven-traffic.ts";
import type { Destination } from "../../core/observed.ts";
import { weightsFor } from "../../core/weights.ts";
import type { SimulatedAlarm, SimulatedTarget } from "./world.ts";

/** Stands in for the operator's own region, where nobody names one. */
export const someRegion = "us-east-1";

/** What the spec moves weights of, with these shares everywhere. */
export function targetsOf(
  spec: ModelRolloutSpec,
  shares: Readonly<Record<Destination, number>> | undefined,
): readonly SimulatedTarget[] {
  const kind = spec.traffic.appMesh === undefined ? "ListenerRule" : "Route";
  const ids = drivenTraffic(spec.traffic, someRegion)?.rules ?? ["in place"];
  return ids.map((id) => ({ kind, id, ...(shares === undefined ? {} : { shares }) }));
}

/** The shares that a status speaks of as acknowledged. */
export function acknowledgedShares(status: ModelRolloutStatus): Readonly<Record<Destination, number>> {
  return weightsFor(watchedDestination(status), acknowledgedShare(status));
}

/** Alarms as status has them, where they are being watched; all others are quiet. Throws what resolveSpec throws. */
export function alarmsOf(spec: ModelRolloutSpec, status: ModelRolloutStatus = {}): readonly SimulatedAlarm[] {
  return resolveSpec(spec, someRegion).alarms.map(({ name, region = someRegion }) => {
    const known = status.alarms?.find((read) => read.name === name && (read.region ?? region) === region);
    return {
      name,
      region,
      state: known?.state ?? "OK",
      transitionedAt: known?.baseline ?? known?.since ?? "2026-01-01T00:00:00.000Z",
    };
  });
}
