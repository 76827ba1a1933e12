import type { AwsScope } from "../../aws/accounts.ts";
import type { TargetRead } from "../../core/observed.ts";
import { parseElbArn, shortArn } from "./arn.ts";
import { noun } from "./ownership.ts";

/**
 * A rule of another account than the role's is refused before anybody asks for it: AWS would only say that it does not
 * exist. Where the operator's own account is not known (its credentials do not tell), AWS refuses.
 */
export async function otherAccount(
  { account, role }: Pick<AwsScope, "account" | "role">,
  arn: string,
): Promise<TargetRead["refusal"]> {
  const theirs = parseElbArn(arn)?.account;
  const own = await account();
  if (own === undefined || theirs === undefined || theirs === own) return undefined;
  const where = `the ${noun(arn)} ${shortArn(arn)} is in the AWS account ${theirs}`;
  const message = role
    ? `${where}, and the role of namespace ${role.namespace} (${role.roleArn}) is of ${own}: name a rule there, or have the cluster's admin change --aws-roles`
    : `${where}, and the operator's role is of ${own}: the cluster's admin can give this namespace a role there (--aws-roles)`;
  return { reason: "OtherAccount", message };
}
