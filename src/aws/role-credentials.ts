import type { AccessProblem } from "../core/observed.ts";
import type { Clock } from "../runtime/clock.ts";
import type { NamespaceRole } from "./roles.ts";

/** What STS gives for a role. */
export interface RoleSession {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
  /** Wall clock, milliseconds. */
  readonly expiresAt: number;
}

/** One AssumeRole; throws RoleRefused. */
export type AssumeRole = (role: NamespaceRole) => Promise<RoleSession>;

/** Why there are no credentials of a role. Every call that needs them fails with it, and nothing is written. */
export class RoleRefused extends Error {
  readonly problem: AccessProblem;

  constructor(problem: AccessProblem) {
    super(problem.message);
    this.name = "RoleRefused";
    this.problem = problem;
  }
}

/** Credentials as the SDK's clients take them. */
export interface RoleIdentity {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
  readonly expiration: Date;
}

export interface RoleCredentials {
  /** Those that stand, or new ones. Throws RoleRefused. */
  get(): Promise<RoleIdentity>;
  /** AWS has refused them as expired or revoked: the next call asks for new ones. */
  distrust(): void;
}

/** New ones are asked for when so much of an hour is left, while the old ones go on. */
const RENEW_MS = 15 * 60_000;
/** With less than this left they are not used any more: a request, and a clock, may be slow. */
const SPARE_MS = 60_000;
/** After a refusal STS is left alone for a moment, longer each time. */
const FIRST_REST_MS = 1_000;
const LONGEST_REST_MS = 30_000;

class Renewed implements RoleCredentials {
  readonly #role: NamespaceRole;
  readonly #assume: AssumeRole;
  readonly #clock: Clock;
  #session: RoleSession | undefined;
  #renewing: Promise<RoleSession> | undefined;
  #refusal: { readonly error: unknown; readonly until: number; readonly restMs: number } | undefined;

  constructor(role: NamespaceRole, assume: AssumeRole, clock: Clock) {
    this.#role = role;
    this.#assume = assume;
    this.#clock = clock;
  }

  async get(): Promise<RoleIdentity> {
    const session = this.#session;
    const left = session === undefined ? 0 : session.expiresAt - this.#clock.now();
    if (session && left > SPARE_MS) {
      // A failed renewal is nobody's trouble as long as these last.
      if (left <= RENEW_MS) this.#renew().catch(() => {});
      return this.#identity(session);
    }
    return this.#identity(await this.#renew());
  }

  distrust(): void {
    this.#session = undefined;
  }

  #renew(): Promise<RoleSession> {
    const { until = 0, error } = this.#refusal ?? {};
    if (this.#renewing) return this.#renewing;
    if (this.#clock.monotonic() < until) return Promise.reject(error);
    const renewing = this.#assume(this.#role).then(
      (session) => {
        this.#refusal = undefined;
        this.#session = session;
        return session;
      },
      (refused: unknown) => {
        const restMs = Math.min((this.#refusal?.restMs ?? FIRST_REST_MS / 2) * 2, LONGEST_REST_MS);
        this.#refusal = { error: refused, restMs, until: this.#clock.monotonic() + restMs };
        throw refused;
      },
    );
    this.#renewing = renewing.finally(() => {
      this.#renewing = undefined;
    });
    return this.#renewing;
  }

  /** An SDK client keeps what it is given until shortly before the date: this one makes it ask here every time. */
  #identity({ expiresAt: _e, ...keys }: RoleSession): RoleIdentity {
    return { ...keys, expiration: new Date(this.#clock.now()) };
  }
}

/** Credentials of one role for one namespace, shared by all its clients and renewed in time. */
export function createRoleCredentials(
  role: NamespaceRole,
  assume: AssumeRole,
  clock: Clock,
): RoleCredentials {
  return new Renewed(role, assume, clock);
}
