import type { AppMesh, AppMeshClientConfig } from "@aws-sdk/client-app-mesh";
import { CloudWatchClient, type CloudWatchClientConfig } from "@aws-sdk/client-cloudwatch";
import {
  ElasticLoadBalancingV2Client,
  type ElasticLoadBalancingV2ClientConfig,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import type { STSClient } from "@aws-sdk/client-sts";
import type { AccessProblem } from "../core/observed.ts";
import { type Clock, systemClock } from "../runtime/clock.ts";
import { type BudgetSize, createBudget, type RequestBudget } from "./budget.ts";
import { type AnyAwsCall, type AwsCall, classify } from "./errors.ts";

/**
 * What a client is for. read: polls and read-backs. write: one attempt, never repeated by the SDK. rollback:
 * connections of its own, so that nothing else can hold it up; it repeats by itself, without the SDK's back-off.
 */
export type ClientUse = "read" | "write" | "rollback";

/** One call as the metrics see it, the SDK's own retries included. */
export interface CallReport {
  readonly service: AnyAwsCall["service"];
  readonly operation: string;
  readonly region: string;
  readonly use: ClientUse;
  readonly outcome: "ok" | AccessProblem["kind"];
  readonly ms: number;
}

export interface AwsOptions {
  /** The operator's version, for the user agent. */
  readonly version: string;
  /** Called after each call; must not throw. */
  readonly onCall?: (report: CallReport) => void;
  /** One endpoint for all services; absent: the SDK's own variables and rules. */
  readonly endpoint?: string;
  /** Absent: the SDK's default chain (Pod Identity, IRSA, variables, files). */
  readonly credentials?: ElasticLoadBalancingV2ClientConfig["credentials"];
  readonly clock?: Clock;
  /** Own share of the account's request quotas; see the defaults. */
  readonly budgets?: Readonly<Partial<Record<AwsCall["service"], BudgetSize>>>;
  /** Of the account, where several clients are used in it; absent: each has its own. */
  readonly sharedBudgets?: Map<string, RequestBudget>;
  /** AWS said that the credentials have expired or are not known (any more). */
  readonly onCredentialsRefused?: () => void;
  /** How long one request may take, per use, in milliseconds. */
  readonly requestTimeoutMs?: Readonly<Partial<Record<ClientUse, number>>>;
}

/** All clients of the process; made when first asked for. */
export interface Aws {
  elb(region: string, use: ClientUse): ElasticLoadBalancingV2Client;
  cloudWatch(region: string): CloudWatchClient;
  /** The package is loaded by the first call: no process pays for it that has no rollout behind App Mesh. */
  appMesh(region: string, use: ClientUse): Promise<AppMesh>;
  budget(service: AwsCall["service"], region: string): RequestBudget;
  /** Closes every connection; clients given out before fail from then on. */
  destroy(): void;
}

/**
 * AWS allows 10 ELB reads a second (40 at once) and 9 DescribeAlarms a second, shared with everything else in the
 * account (ELB developer guide, "Throttling"; CloudWatch quotas): this is the part the operator allows itself.
 * For App Mesh AWS has published no figure.
 */
const defaultBudgets: Readonly<Record<AwsCall["service"], BudgetSize>> = {
  elasticloadbalancing: { burst: 20, perSecond: 6 },
  cloudwatch: { burst: 8, perSecond: 6 },
  appmesh: { burst: 10, perSecond: 5 },
};

const attempts: Readonly<Record<ClientUse, number>> = { read: 2, write: 1, rollback: 1 };

const defaultTimeoutsMs: Readonly<Record<ClientUse, number>> = { read: 4_000, write: 3_000, rollback: 2_000 };

const connectionTimeoutMs = 1_500;

const silent = { trace() {}, debug() {}, info() {}, warn() {}, error() {} };

type About = Pick<CallReport, "service" | "region" | "use">;

type SharedConfig = ElasticLoadBalancingV2ClientConfig & CloudWatchClientConfig & AppMeshClientConfig;

type AnyClient = ElasticLoadBalancingV2Client | CloudWatchClient | AppMesh | STSClient;

/** Names of answers after which other credentials may help. */
const staleCredentials =
  /^(ExpiredToken|InvalidClientTokenId|UnrecognizedClient|InvalidAccessKeyId|TokenRefreshRequired)/;

/** Refused credentials are asked for anew, but not with every refusal. */
const renewalMs = 5_000;

/** Watches every command of a client, retries included, and reports it. */
function watch(client: AnyClient, about: About, options: AwsOptions, clock: Clock): void {
  const report = (operation: string, outcome: CallReport["outcome"], since: number): void =>
    options.onCall?.({ ...about, operation, outcome, ms: clock.monotonic() - since });
  // The clients' stacks differ in their types only.
  (client as ElasticLoadBalancingV2Client).middlewareStack.add(
    (next, context) => async (args) => {
      const operation = (context.commandName ?? "Unknown").replace(/Command$/, "");
      const since = clock.monotonic();
      try {
        const result = await next(args);
        report(operation, "ok", since);
        return result;
      } catch (error) {
        report(operation, classify(error, { ...about, operation }).problem.kind, since);
        if (error instanceof Error && staleCredentials.test(error.name)) options.onCredentialsRefused?.();
        throw error;
      }
    },
    { step: "initialize", name: "reportCall", priority: "high" },
  );
}

class Clients implements Aws {
  readonly #options: AwsOptions;
  readonly #clock: Clock;
  readonly #elb = new Map<string, ElasticLoadBalancingV2Client>();
  readonly #cloudWatch = new Map<string, CloudWatchClient>();
  readonly #appMesh = new Map<string, Promise<AppMesh>>();
  readonly #budgets: Map<string, RequestBudget>;
  #credentials: AwsOptions["credentials"];
  #found = false;
  #renewedAt = -Infinity;

  constructor(options: AwsOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#credentials = options.credentials;
    this.#budgets = options.sharedBudgets ?? new Map();
  }

  elb(region: string, use: ClientUse): ElasticLoadBalancingV2Client {
    const key = `${region} ${use}`;
    const client = this.#elb.get(key) ?? new ElasticLoadBalancingV2Client(this.#config(region, use));
    if (!this.#elb.has(key)) this.#adopt(client, { service: "elasticloadbalancing", region, use });
    this.#elb.set(key, client);
    return client;
  }

  cloudWatch(region: string): CloudWatchClient {
    const client = this.#cloudWatch.get(region) ?? new CloudWatchClient(this.#config(region, "read"));
    if (!this.#cloudWatch.has(region)) this.#adopt(client, { service: "cloudwatch", region, use: "read" });
    this.#cloudWatch.set(region, client);
    return client;
  }

  appMesh(region: string, use: ClientUse): Promise<AppMesh> {
    const key = `${region} ${use}`;
    const client = this.#appMesh.get(key) ?? this.#makeAppMesh(region, use);
    this.#appMesh.set(key, client);
    // What could not be loaded is tried again by whoever asks next.
    client.catch(() => this.#appMesh.delete(key));
    return client;
  }

  async #makeAppMesh(region: string, use: ClientUse): Promise<AppMesh> {
    const { AppMesh } = await import("@aws-sdk/client-app-mesh");
    const client = new AppMesh(this.#config(region, use));
    this.#adopt(client, { service: "appmesh", region, use });
    return client;
  }

  budget(service: AwsCall["service"], region: string): RequestBudget {
    const key = `${service} ${region}`;
    const size = this.#options.budgets?.[service] ?? defaultBudgets[service];
    const budget = this.#budgets.get(key) ?? createBudget(this.#clock, size);
    this.#budgets.set(key, budget);
    return budget;
  }

  destroy(): void {
    for (const client of [...this.#elb.values(), ...this.#cloudWatch.values()]) client.destroy();
    for (const client of this.#appMesh.values()) {
      client.then(
        (made) => made.destroy(),
        () => {},
      );
    }
  }

  /** What the first client found as credentials serves them all, so that a rollback never waits for its own. */
  #adopt(client: AnyClient, about: About): void {
    // The client's own provider remembers what it found; the one given in the options may not.
    if (!this.#found) this.#credentials = client.config.credentials;
    this.#found = true;
    const onCredentialsRefused = this.#options.onCredentialsRefused ?? (() => this.#renew());
    watch(client, about, { ...this.#options, onCredentialsRefused }, this.#clock);
  }

  /** AWS refuses credentials that by their own account are good: the SDK would go on with them until they expire. */
  #renew(): void {
    const now = this.#clock.monotonic();
    if (typeof this.#credentials !== "function" || now - this.#renewedAt < renewalMs) return;
    this.#renewedAt = now;
    // Whoever needs them next is told what is wrong.
    this.#credentials({ forceRefresh: true }).catch(() => undefined);
  }

  #config(region: string, use: ClientUse): SharedConfig {
    return configOf(this.#options, region, use, this.#credentials);
  }
}

function configOf(
  { version, endpoint, requestTimeoutMs }: AwsOptions,
  region: string,
  use: ClientUse,
  credentials: AwsOptions["credentials"],
): Pick<SharedConfig, "region" | "maxAttempts" | "endpoint" | "credentials"> & {
  readonly retryMode: "standard";
  readonly customUserAgent: [string, string][];
  readonly logger: typeof silent;
  readonly requestHandler: object;
} {
  const agent = { keepAlive: true, maxSockets: 50 };
  return {
    region,
    maxAttempts: attempts[use],
    retryMode: "standard" as const,
    customUserAgent: [["modelrollout", version]],
    logger: silent,
    requestHandler: {
      connectionTimeout: connectionTimeoutMs,
      requestTimeout: requestTimeoutMs?.[use] ?? defaultTimeoutsMs[use],
      throwOnRequestTimeout: true,
      httpAgent: agent,
      httpsAgent: agent,
      logger: silent,
    },
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(credentials === undefined ? {} : { credentials }),
  };
}

/** A client of STS with the operator's own credentials; the package is loaded now. */
export async function createSts(options: AwsOptions, region: string): Promise<STSClient> {
  const { STSClient } = await import("@aws-sdk/client-sts");
  const client = new STSClient(configOf(options, region, "read", options.credentials));
  watch(client, { service: "sts", region, use: "read" }, options, options.clock ?? systemClock);
  return client;
}

/**
 * Makes clients per service, region and use, once each, with explicit timeouts, attempts and kept-alive
 * connections.
 */
export function createAws(options: AwsOptions): Aws {
  return new Clients(options);
}
