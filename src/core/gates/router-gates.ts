import type { Reason } from "../../api/types.ts";
import type { Context } from "../context.ts";
import { acknowledgedShare } from "../context.ts";
import type { TargetRead } from "../observed.ts";
import { carries } from "../weights.ts";
import { block, type GateAnswer, pass, wait } from "./alarm-gates.ts";

/**
 * A target as people call it: `rule a881cd424e42a851 of sentiment` for the ARN of a listener rule. The whole ARN is in
 * `status.targets`.
 */
export function targetName({ id }: TargetRead): string {
  const [kind, , name, ...ids] = id.split(":").slice(5).join(":").split("/");
  const last = ids.at(-1);
  return last === undefined ? id : `${kind === "listener-rule" ? "rule" : kind} ${last} of ${name}`;
}

/** `a 90, b 10` as the service has it. */
export function rawWeights(target: TargetRead): string {
  return target.raw ? `a ${target.raw.a}, b ${target.raw.b}` : "no weights";
}

const problemReason: Readonly<Record<NonNullable<TargetRead["problem"]>["kind"], Reason>> = {
  throttled: "Throttled",
  unreachable: "RouterUnreadable",
  denied: "AccessDenied",
  notFound: "RuleNotFound",
  invalid: "RouterUnreadable",
};

/** Why a target could not be read. */
function reasonOf({ kind }: TargetRead, problem: NonNullable<TargetRead["problem"]>): Reason {
  return kind === "Deployment" && problem.kind === "notFound"
    ? "WorkloadNotFound"
    : problemReason[problem.kind];
}

/** Every target can be read, and none must be left alone. */
export function routerDrivable({ observed }: Context): GateAnswer {
  const { router } = observed;
  if (!router) return wait("RouterUnreadable", "the router was not read yet");
  for (const target of router.targets) {
    if (target.refusal) return block(target.refusal.reason, target.refusal.message);
    if (!target.problem) continue;
    const { kind, message } = target.problem;
    const reason = reasonOf(target, target.problem);
    return kind === "notFound" || kind === "invalid" || kind === "denied"
      ? block(reason, message)
      : wait(reason, message);
  }
  return pass(`${router.targets.length} target(s) read`);
}

/** Every target carries the share that status says it carries. */
export function routerSettled(context: Context, share = acknowledgedShare(context.status)): GateAnswer {
  const { observed, watched } = context;
  if (carries(observed.router, watched, share)) return pass(`every target carries ${share} % on ${watched}`);
  const unlike = observed.router?.targets.find(
    (target) => !carries({ at: 0, targets: [target] }, watched, share),
  );
  if (unlike?.problem) return wait(reasonOf(unlike, unlike.problem), unlike.problem.message);
  const found = unlike ? `${targetName(unlike)} carries ${rawWeights(unlike)}` : "not read yet";
  return wait("WeightsPending", `${found}; ${share} % on ${watched} is expected`);
}
