import type { TimedOutcome } from "../../aws/batched-reads.ts";
import { unlessAborted } from "../../aws/deadline.ts";
import type { Destination, HealthRead } from "../../core/observed.ts";
import type { Grantee } from "../grant.ts";
import type { TrafficRouter } from "../router.ts";
import { createTargetRouter, givenUp, type SpecTarget } from "../target-router.ts";
import { createAlbDriver } from "./driver.ts";
import type { AlbFleet } from "./fleet.ts";
import type { GroupHealth } from "./health.ts";
import type { RuleState } from "./rule-reads.ts";
import { targetOf, unread } from "./target.ts";

/** `spec.traffic.alb` with its defaults filled in. */
export interface AlbConfig {
  /** Absent: the ARNs' own. */
  readonly region?: string;
  readonly rules: readonly { readonly arn: string }[];
  readonly targetGroups: Readonly<Record<Destination, string>>;
  readonly bindTargets: boolean;
  /** Absent: the targets need not be granted to anybody. */
  readonly grantee?: Grantee;
  /** The rollout's namespace: bad ARNs of one do not hold up another's reads. */
  readonly owner?: string;
}

export interface AlbRouterOptions {
  readonly config: AlbConfig;
  readonly fleet: AlbFleet;
}

function describe(rules: AlbConfig["rules"]): string {
  const listeners = rules.filter(
    ({ arn }) => targetOf(arn, undefined).ok && arn.includes(":listener/"),
  ).length;
  if (listeners === rules.length)
    return listeners === 1 ? "ALB default action" : `ALB ${listeners} default actions`;
  return rules.length === 1 ? "ALB 1 rule" : `ALB ${rules.length} rules`;
}

const none = { registered: [], healthy: [] };

function readingOf(outcome: TimedOutcome<GroupHealth>): HealthRead {
  const { at } = outcome;
  return outcome.ok ? { at, ...outcome.value } : { at, ...none, problem: outcome.problem };
}

async function groupHealth(
  { fleet, config }: AlbRouterOptions,
  destination: Destination,
  { maxAgeMs, signal, priority, onLate }: Parameters<TrafficRouter["health"]>[0],
): Promise<HealthRead> {
  const at = fleet.clock.now();
  const wish = {
    maxAgeMs: typeof maxAgeMs === "number" ? maxAgeMs : maxAgeMs[destination],
    ...(priority && { priority }),
  };
  const reading = fleet.health.get(config.targetGroups[destination], wish).then(readingOf);
  return await unlessAborted(reading, signal).catch(() => {
    if (onLate) void reading.then((read) => onLate(destination, read));
    return { at, ...none, problem: givenUp };
  });
}

/**
 * Moves traffic by the weights of two target groups in the forward action of listener rules and listener default
 * actions.
 */
export function createAlbRouter({ config, fleet }: AlbRouterOptions): TrafficRouter {
  const { rules, targetGroups, region, grantee, owner } = config;
  const targets = rules.map(({ arn }): SpecTarget<RuleState> => {
    const found = targetOf(arn, region);
    return found.ok
      ? { driver: createAlbDriver(fleet, found.target, targetGroups, grantee, owner) }
      : { read: unread(arn, found.problem) };
  });
  return createTargetRouter({
    description: describe(rules),
    clock: fleet.clock,
    targets,
    health: async (options) => {
      const [a, b] = await Promise.all([
        groupHealth({ config, fleet }, "a", options),
        groupHealth({ config, fleet }, "b", options),
      ]);
      return { a, b };
    },
    free: () => {
      for (const { arn } of rules) fleet.tags.forget(arn);
      for (const arn of Object.values(targetGroups)) {
        fleet.health.forget(arn);
        fleet.attributes.forget(arn);
      }
    },
  });
}
