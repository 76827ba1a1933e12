import type { STSClient } from "@aws-sdk/client-sts";
import { type AnyAwsCall, classify, oneLine } from "./errors.ts";
import { type AssumeRole, RoleRefused, type RoleSession } from "./role-credentials.ts";
import type { NamespaceRole } from "./roles.ts";

/** Role chaining (the operator's own credentials are a role's) allows one hour and no more (IAM user guide). */
const DURATION_SECONDS = 3600;

const call = (region: string): AnyAwsCall => ({ service: "sts", operation: "AssumeRole", region });

/** What was refused and what to do: an AccessDenied does not tell a wrong external id from a missing right. */
function refusedBy(
  error: unknown,
  { roleArn, namespace, externalId }: NamespaceRole,
  region: string,
): RoleRefused {
  const { kind } = classify(error, call(region)).problem;
  const said = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  const role = `no credentials of ${roleArn} for namespace ${namespace}`;
  if (kind === "throttled" || kind === "unreachable")
    return new RoleRefused({ kind, message: `${role}: ${classify(error, call(region)).problem.message}` });
  const advice = `the operator's role needs sts:AssumeRole on it, and its trust policy must allow the external id ${externalId}`;
  return new RoleRefused({ kind: "denied", message: `${role}: ${advice} (${oneLine(said)})` });
}

/** AssumeRole by an STS client with the operator's own credentials; the package is loaded by the first call. */
export function createAssumeRole(sts: () => Promise<STSClient>, region: string): AssumeRole {
  return async (role): Promise<RoleSession> => {
    try {
      const [{ AssumeRoleCommand }, client] = await Promise.all([import("@aws-sdk/client-sts"), sts()]);
      const { Credentials: given } = await client.send(
        new AssumeRoleCommand({
          RoleArn: role.roleArn,
          RoleSessionName: role.sessionName,
          ExternalId: role.externalId,
          DurationSeconds: DURATION_SECONDS,
        }),
      );
      const { AccessKeyId, SecretAccessKey, SessionToken, Expiration } = given ?? {};
      if (!AccessKeyId || !SecretAccessKey || !SessionToken || !Expiration)
        throw new Error("AssumeRole gave no credentials");
      return {
        accessKeyId: AccessKeyId,
        secretAccessKey: SecretAccessKey,
        sessionToken: SessionToken,
        expiresAt: Expiration.getTime(),
      };
    } catch (error) {
      throw refusedBy(error, role, region);
    }
  };
}
