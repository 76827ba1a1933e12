import type { ReadWish, TimedOutcome } from "../../aws/batched-reads.ts";
import type { Priority } from "../../aws/budget.ts";
import type { TargetRead } from "../../core/observed.ts";
import { type Grantee, grantRefusal } from "../grant.ts";
import { shortArn } from "./arn.ts";
import type { AlbFleet } from "./fleet.ts";
import { noun, ownerRefusal, ownershipArns, type Tags } from "./ownership.ts";
import { stickyRefusal } from "./sticky-targets.ts";
import type { TargetGroups } from "./translate.ts";

/** Tags and attributes rarely change: asked again after five minutes, believed for most of an hour. */
const wish = { maxAgeMs: 300_000, staleOkMs: 3_000_000 } satisfies ReadWish;

type Verdict = Pick<TargetRead, "problem" | "refusal">;

/** The first outcome that failed, as a verdict. */
function failure(outcomes: readonly TimedOutcome<unknown>[]): Verdict | undefined {
  const failed = outcomes.find((outcome) => !outcome.ok);
  return failed && !failed.ok ? { problem: failed.problem } : undefined;
}

/** What a guard looks at besides the target itself. */
export interface Guarded {
  readonly targetArn: string;
  readonly groups: TargetGroups;
  /** The action has group stickiness on. */
  readonly sticky: boolean;
}

/**
 * The groups whose own attributes matter. Only a stickiness that is on has to be turned off in a rollback; where it is off,
 * AWS has taken the action with both groups and without it, so none of them requires it (ModifyRule refuses that).
 */
const stickyGroups = ({ groups, sticky }: Guarded): readonly string[] => (sticky ? [groups.a, groups.b] : []);

/**
 * May this target be driven, by what its surroundings say: the tags of rule, listener and load balancer (whose they
 * are, and whether they are granted to the namespace; without `grantee` none needs to be), and the stickiness of the two
 * groups. What cannot be told is a problem: only evidence lets a rollout start.
 */
export async function guard(
  fleet: AlbFleet,
  guarded: Guarded,
  priority: Priority,
  grantee?: Grantee,
): Promise<Verdict> {
  const { targetArn } = guarded;
  const arns = ownershipArns(targetArn);
  const groups = stickyGroups(guarded);
  // One request per group, where tags share theirs: these must not keep weights waiting.
  const later = priority === "raise" ? "capacity" : priority;
  const [tags, attributes] = await Promise.all([
    Promise.all(arns.map((arn) => fleet.tags.get(arn, { ...wish, priority }))),
    Promise.all(groups.map((arn) => fleet.attributes.get(arn, { ...wish, priority: later }))),
  ]);
  const tagsOf = new Map<string, Tags>();
  for (const [index, outcome] of tags.entries()) {
    if (outcome.ok) tagsOf.set(arns[index] ?? "", outcome.value);
  }
  const owned = ownerRefusal(targetArn, tagsOf);
  const refused =
    owned ?? (grantee && tags.every(({ ok }) => ok) ? notGranted(arns, tagsOf, grantee) : undefined);
  if (refused) {
    // Somebody is about to change the tags: the next look asks again.
    for (const arn of arns) fleet.tags.forget(arn);
    return { refusal: refused };
  }
  const sticky = attributes.flatMap((outcome, index) =>
    outcome.ok ? (stickyRefusal(groups[index] ?? "", outcome.value) ?? []) : [],
  );
  return sticky[0] ? { refusal: sticky[0] } : (failure([...tags, ...attributes]) ?? {});
}

/** Everything that `guard` asks about was read by this process. */
export function isGuardKnown(fleet: AlbFleet, guarded: Guarded): boolean {
  return (
    ownershipArns(guarded.targetArn).every((arn) => fleet.tags.isKnown(arn)) &&
    stickyGroups(guarded).every((arn) => fleet.attributes.isKnown(arn))
  );
}

function notGranted(
  arns: readonly string[],
  tagsOf: ReadonlyMap<string, Tags>,
  grantee: Grantee,
): TargetRead["refusal"] {
  const places = arns.map((arn) => ({
    name: `the ${noun(arn)} ${shortArn(arn)}`,
    tags: tagsOf.get(arn) ?? {},
  }));
  return grantRefusal(places, grantee);
}
