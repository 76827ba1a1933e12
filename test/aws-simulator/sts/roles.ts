import type { Clock } from "../clock.ts";
import {
  type OperationContext,
  type Operations,
  ServiceError,
  validationError,
  write,
} from "../operation.ts";

/** A role that somebody of another account, or of this one, may assume. */
export interface Role {
  readonly arn: string;
  /** Accounts that its trust policy names. */
  readonly trusts: readonly string[];
  /** `sts:ExternalId` in its condition: one of these must be given. Absent: none is asked for. */
  readonly externalIds?: readonly string[];
  /** MaxSessionDuration, seconds. Default 3600. */
  readonly maxSessionSeconds?: number;
}

interface Session {
  readonly account: string;
  readonly token: string;
  readonly expiresAt: number;
}

interface AssumeRoleInput {
  readonly RoleArn?: string;
  readonly RoleSessionName?: string;
  readonly ExternalId?: string;
  readonly DurationSeconds?: number;
}

/** Roles that can be assumed, and the sessions that were given out. Of the whole simulator: IAM has no regions. */
export class Roles {
  readonly #clock: Clock;
  readonly #roles = new Map<string, Role>();
  readonly #sessions = new Map<string, Session>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  put(role: Role): void {
    this.#roles.set(role.arn, role);
  }

  get(arn: string): Role | undefined {
    return this.#roles.get(arn);
  }

  /** Every session ends now, as "Revoke active sessions" does. */
  revokeSessions(): void {
    for (const [key, session] of this.#sessions) this.#sessions.set(key, { ...session, expiresAt: 0 });
  }

  begin(key: string, session: Session): void {
    this.#sessions.set(key, session);
  }

  /** The account of an access key: of a session, or the key itself where it is twelve digits. */
  accountOf(key: string, defaultAccount: string): string {
    return this.#sessions.get(key)?.account ?? (/^\d{12}$/.test(key) ? key : defaultAccount);
  }

  /** Why a request signed with this key is refused; keys that are no session's are all believed. */
  refusal(key: string, token: string): ServiceError | undefined {
    const session = this.#sessions.get(key);
    if (!session) {
      return key.startsWith("ASIA")
        ? new ServiceError(
            "InvalidClientTokenId",
            "The security token included in the request is invalid.",
            403,
          )
        : undefined;
    }
    if (session.expiresAt <= this.#clock.now())
      return new ServiceError("ExpiredToken", "The security token included in the request is expired", 403);
    return session.token === token
      ? undefined
      : new ServiceError(
          "InvalidClientTokenId",
          "The security token included in the request is invalid.",
          403,
        );
  }
}

const NAME = /^[\w+=,.@-]{2,64}$/;
const EXTERNAL_ID = /^[\w+=,.@:/-]{2,1224}$/;

const check = (
  { RoleArn, RoleSessionName, ExternalId, DurationSeconds = 3600 }: AssumeRoleInput,
  role?: Role,
) => {
  if (RoleArn === undefined || RoleArn.length < 20) throw validationError(`${RoleArn ?? ""} is invalid`);
  if (RoleSessionName === undefined || !NAME.test(RoleSessionName))
    throw validationError("Value at 'roleSessionName' failed to satisfy constraint: [\\w+=,.@-]*");
  if (ExternalId !== undefined && !EXTERNAL_ID.test(ExternalId))
    throw validationError("Value at 'externalId' failed to satisfy constraint: [\\w+=,.@:\\/-]*");
  if (DurationSeconds < 900 || DurationSeconds > (role?.maxSessionSeconds ?? 3600))
    throw validationError("The requested DurationSeconds exceeds the MaxSessionDuration set for this role.");
};

/** STS does not tell a role that does not exist, one that does not trust the caller, and a wrong external id apart. */
const denied = ({ account }: OperationContext, arn: string): ServiceError =>
  new ServiceError(
    "AccessDenied",
    `User: arn:aws:sts::${account}:assumed-role/modelrollout/session is not authorized to perform: sts:AssumeRole on resource: ${arn}`,
    403,
  );

/** AssumeRole and GetCallerIdentity. Source: STS API reference, IAM user guide ("external ID"). */
export const stsOperations = (roles: Roles): Operations => ({
  AssumeRole: write((context: OperationContext, input: AssumeRoleInput) => {
    const { RoleArn = "", RoleSessionName = "", ExternalId, DurationSeconds = 3600 } = input;
    const role = roles.get(RoleArn);
    check(input, role);
    const known = role?.externalIds === undefined || role.externalIds.includes(ExternalId ?? "");
    if (!role?.trusts.includes(context.account) || !known) throw denied(context, RoleArn);
    const account = RoleArn.split(":")[4] ?? "";
    const expires = context.now + DurationSeconds * 1000;
    const AccessKeyId = `ASIA${context.newId(16).toUpperCase()}`;
    const SessionToken = context.newId(64);
    roles.begin(AccessKeyId, { account, token: SessionToken, expiresAt: expires });
    const name = RoleArn.split("/").at(-1) ?? "";
    return {
      Credentials: {
        AccessKeyId,
        SecretAccessKey: context.newId(40),
        SessionToken,
        Expiration: new Date(expires),
      },
      AssumedRoleUser: {
        AssumedRoleId: `AROA${context.newId(16).toUpperCase()}:${RoleSessionName}`,
        Arn: `arn:aws:sts::${account}:assumed-role/${name}/${RoleSessionName}`,
      },
    };
  }),
});
