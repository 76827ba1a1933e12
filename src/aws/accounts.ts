import { systemClock } from "../runtime/clock.ts";
import { createAssumeRole } from "./assume-role.ts";
import type { RequestBudget } from "./budget.ts";
import { type Aws, type AwsOptions, createAws, createSts } from "./clients.ts";
import { type AssumeRole, createRoleCredentials } from "./role-credentials.ts";
import { type NamespaceRole, type RoleEntry, roleOf } from "./roles.ts";

/** AWS as one namespace sees it. */
export interface AwsScope {
  /** Namespaces with an equal key share clients, reads and polls. */
  readonly key: string;
  readonly aws: Aws;
  /** Absent: the operator's own role. */
  readonly role?: NamespaceRole;
  /** The account whose ARNs may be named; undefined while it is not known. Never rejects. */
  account(): Promise<string | undefined>;
}

/** Which role, and so which account, each namespace has. */
export interface AwsScopes {
  of(namespace: string): AwsScope;
  destroy(): void;
}

export interface AccountsOptions extends AwsOptions {
  /** The operator's own, whose STS is asked. */
  readonly region: string;
  /** Absent: every namespace has the operator's own role. */
  readonly roles?: { readonly entries: readonly RoleEntry[]; readonly cluster: string };
  /** For tests; absent: STS. */
  readonly assume?: AssumeRole;
}

class Scopes implements AwsScopes {
  readonly #options: AccountsOptions;
  readonly #own: AwsScope;
  readonly #scopes = new Map<string, AwsScope>();
  /** By account, whoever uses it. */
  readonly #budgets = new Map<string, Map<string, RequestBudget>>();
  #assume: AssumeRole | undefined;

  constructor(options: AccountsOptions) {
    this.#options = options;
    const aws = createAws(options);
    this.#own = { key: "own", aws, account: ownAccount(aws, options.region) };
  }

  of(namespace: string): AwsScope {
    const { roles } = this.#options;
    if (!roles) return this.#own;
    const known = this.#scopes.get(namespace);
    if (known) return known;
    const role = roleOf(roles.entries, roles.cluster, namespace);
    const scope = role ? this.#scopeOf(role) : this.#own;
    this.#scopes.set(namespace, scope);
    return scope;
  }

  destroy(): void {
    for (const { aws } of new Set([this.#own, ...this.#scopes.values()])) aws.destroy();
  }

  #scopeOf(role: NamespaceRole): AwsScope {
    const { clock = systemClock } = this.#options;
    const credentials = createRoleCredentials(role, this.#asked(), clock);
    const budgetsOf = this.#budgets.get(role.account) ?? new Map<string, RequestBudget>();
    this.#budgets.set(role.account, budgetsOf);
    const aws = createAws({
      ...this.#options,
      credentials: () => credentials.get(),
      sharedBudgets: budgetsOf,
      onCredentialsRefused: () => credentials.distrust(),
    });
    const key = `${role.roleArn} ${role.externalId}`;
    return { key, aws, role, account: () => Promise.resolve(role.account) };
  }

  #asked(): AssumeRole {
    const { assume, region } = this.#options;
    this.#assume ??= assume ?? createAssumeRole(() => createSts(this.#options, region), region);
    return this.#assume;
  }
}

/** What the credentials tell: those of EKS Pod Identity, IRSA, EC2 and ECS do; of variables, AWS_ACCOUNT_ID. */
function ownAccount(aws: Aws, region: string): () => Promise<string | undefined> {
  let known: string | undefined;
  return async () => {
    try {
      known ??= (await aws.elb(region, "read").config.credentials()).accountId;
    } catch {
      // Whatever is asked for next has no credentials either, and says so.
    }
    return known;
  };
}

/** Clients of the operator's own role, and of each namespace's that has one. */
export function createAwsScopes(options: AccountsOptions): AwsScopes {
  return new Scopes(options);
}

/** Every namespace with these clients. */
export function oneScope(aws: Aws): AwsScopes {
  const scope: AwsScope = { key: "own", aws, account: () => Promise.resolve(undefined) };
  return { of: () => scope, destroy: () => aws.destroy() };
}
