import { labels } from "../../src/api/group.ts";
import type { ModelRollout } from "../../src/api/types.ts";
import { isServing, type Pod } from "../../test/target-binder/objects.ts";
import type { EdgeWeights } from "../../test/world/edge.ts";
import type { Role } from "../view/snapshot.ts";
import { hasFailed } from "./history.ts";
import type { Side } from "./traffic.ts";

const slots = ["a", "b"] as const;
type Slot = (typeof slots)[number];

/** Both slots of a template, with the shares that `weights` gives them. Remembers whose slot it was. */
export function slotSides(
  weights: () => EdgeWeights,
): (rollout: ModelRollout | undefined, pods: readonly Pod[]) => readonly Side[] {
  const versions = new Map<Slot, string>();
  return (rollout, pods) =>
    slots.map((slot) => {
      const named = roleIn(rollout, slot);
      const version = named?.version ?? versions.get(slot);
      if (version !== undefined) versions.set(slot, version);
      const role =
        named?.role ?? (version !== undefined && hasFailed(rollout, version) ? "failed" : undefined);
      const share = shareOf(weights(), slot);
      return {
        slot,
        ...(version === undefined ? {} : { version }),
        ...(role === undefined ? {} : { role }),
        ...(share === undefined ? {} : { share }),
        pods: podsIn(pods, slot),
      };
    });
}

/** Why the weights are not all on the stable slot. `what` has them. */
export function wrongWeights(
  what: string,
  { a, b }: EdgeWeights,
  { status }: ModelRollout,
): string | undefined {
  const stable = status?.stable?.slot;
  const [own, other] = stable === "a" ? [a, b] : [b, a];
  return own > 0 && other === 0
    ? undefined
    : `the ${what} has weight ${a} for a and ${b} for b, and slot ${stable} is stable`;
}

function shareOf(weights: EdgeWeights, slot: Slot): number | undefined {
  const total = weights.a + weights.b;
  return total === 0 ? undefined : (100 * weights[slot]) / total;
}

/** Role and version of whoever has the slot. */
function roleIn(
  rollout: ModelRollout | undefined,
  slot: Slot,
): { readonly role: Role; readonly version: string | undefined } | undefined {
  const { stable, canary, retained } = rollout?.status ?? {};
  const roles: readonly (readonly [Role, typeof retained | typeof stable])[] = [
    ["stable", stable],
    ["canary", canary],
    ["previous", retained],
  ];
  const found = roles.find(([, held]) => held?.slot === slot);
  return found && { role: found[0], version: found[1]?.modelVersion };
}

function podsIn(pods: readonly Pod[], slot: Slot): Side["pods"] {
  const present = pods.filter(
    ({ metadata }) => metadata.labels?.[labels.slot] === slot && metadata.deletionTimestamp === undefined,
  );
  return { ready: present.filter(isServing).length, total: present.length };
}
