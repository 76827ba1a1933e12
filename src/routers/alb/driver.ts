import type { Grantee } from "../grant.ts";
import type { TargetDriver } from "../target-driver.ts";
import { otherAccount } from "./account.ts";
import type { AlbFleet } from "./fleet.ts";
import { guard, isGuardKnown } from "./guard.ts";
import { describeTargets, type RuleState, readCallOf } from "./rule-reads.ts";
import { type AlbTarget, readingOf, sendActions, unread, writeCallOf } from "./target.ts";
import { type TargetGroups, writeActions } from "./translate.ts";

/**
 * A rule or a listener's default action. ELBv2 has no precondition on writes: the last writer wins, so every write is
 * made from the whole list of actions just read (API reference of ModifyRule and ModifyListener).
 */
export function createAlbDriver(
  fleet: AlbFleet,
  target: AlbTarget,
  groups: TargetGroups,
  grantee?: Grantee,
  owner?: string,
): TargetDriver<RuleState> {
  const { arn, kind, region } = target;
  return {
    id: arn,
    readCall: readCallOf(kind, region),
    writeCall: writeCallOf(target),
    budget: fleet.aws.budget("elasticloadbalancing", region),
    look: async ({ maxAgeMs, priority, weightsOnly = false, owners = false }) => {
      const refusal = fleet.scope && (await otherAccount(fleet.scope, arn));
      if (refusal) return { at: fleet.clock.now(), read: { kind, id: arn, refusal } };
      const outcome = await fleet.rules.get(arn, { maxAgeMs, priority, ...(owner && { owner }) });
      if (!outcome.ok) return { at: outcome.at, read: unread(arn, outcome.problem) };
      const { at, value: state } = outcome;
      const read = readingOf(target, state, groups);
      if (read.problem || read.refusal) return { at, read, state };
      const unguarded = { at, read: { ...read, unguarded: true as const }, state };
      // Checks of idle rollouts only compare weights: who owns a rule is asked before anything is written to it.
      if (priority === "drift" && !owners) return unguarded;
      // After a restart the surroundings of a thousand held releases would take the requests of those that go on.
      const guarded = { targetArn: arn, groups, sticky: read.stickySeconds !== undefined };
      if (weightsOnly && !isGuardKnown(fleet, guarded)) return unguarded;
      const verdict = await guard(fleet, guarded, priority, grantee);
      return { at, read: { ...read, ...verdict }, state };
    },
    describe: async (signal) =>
      (await describeTargets(fleet.aws.elb(region, "rollback"), kind, [arn], signal)).get(arn),
    rewrite: (state, wish) => {
      const actions = writeActions(state.actions, groups, wish);
      return actions && { ...state, actions };
    },
    prepare: (state, use) => async (signal) => {
      await sendActions(fleet.aws.elb(region, use), target, state.actions, signal);
      return state;
    },
    readingOf: (state) => readingOf(target, state, groups),
    unread: (problem) => unread(arn, problem),
    forget: () => fleet.rules.forget(arn),
  };
}
