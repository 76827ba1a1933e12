import type { AppMesh } from "@aws-sdk/client-app-mesh";
import type { CloudWatchClient } from "@aws-sdk/client-cloudwatch";
import type { ElasticLoadBalancingV2Client } from "@aws-sdk/client-elastic-load-balancing-v2";
import { createBudget, type RequestBudget } from "../../../src/aws/budget.ts";
import type { Aws, ClientUse } from "../../../src/aws/clients.ts";
import type { AwsCall } from "../../../src/aws/errors.ts";
import { startDeadline } from "../../../src/runtime/deadline.ts";
import { type Fields, ServiceError, type ServiceName } from "../../aws-simulator/operation.ts";
import { refusalOf } from "../../aws-simulator/protocol/fault-errors.ts";
import type { Fate, Weather } from "../fate.ts";
import type { Host } from "../host.ts";
import type { Timeline } from "../timeline.ts";
import type { Account } from "./account.ts";

/** A write to AWS on its way. */
export interface AwsWrite {
  readonly service: ServiceName;
  readonly operation: string;
  readonly input: Fields;
  readonly use: ClientUse;
}

/** Told of every write that a replica makes. */
export interface AwsWitness {
  /** Before it is sent. False: the process died just before. */
  sendingAws(host: Host, write: AwsWrite): boolean;
  /** Just before the service carries it out. */
  reachesAws(host: Host, write: AwsWrite): void;
  /** It was carried out; the answer is not sent yet. */
  appliedAws(host: Host, write: AwsWrite): void;
}

export interface AwsPortOptions {
  readonly account: Account;
  readonly timeline: Timeline;
  readonly weather: Weather;
  readonly host: Host;
  readonly witness: AwsWitness;
}

/** As the operator's clients are configured (src/aws/clients.ts): what one attempt may take, and how many there are. */
const timeoutsMs: Readonly<Record<ClientUse, number>> = { read: 4_000, write: 3_000, rollback: 2_000 };
const attempts: Readonly<Record<ClientUse, number>> = { read: 2, write: 1, rollback: 1 };
const sizes: Readonly<Record<AwsCall["service"], { burst: number; perSecond: number }>> = {
  elasticloadbalancing: { burst: 20, perSecond: 6 },
  cloudwatch: { burst: 8, perSecond: 6 },
  appmesh: { burst: 10, perSecond: 5 },
};

const never = new Promise<never>(() => {});

interface Sent {
  readonly service: ServiceName;
  readonly operation: string;
  readonly input: Fields;
  readonly region: string;
  readonly use: ClientUse;
}

/** The operator's AWS clients with their narrowest edge replaced: `send` goes into the account, in virtual time. */
export class AwsPort implements Aws {
  readonly #options: AwsPortOptions;
  readonly #budgets = new Map<string, RequestBudget>();

  constructor(options: AwsPortOptions) {
    this.#options = options;
  }

  elb(region: string, use: ClientUse): ElasticLoadBalancingV2Client {
    return this.#client("elasticloadbalancing", region, use) as unknown as ElasticLoadBalancingV2Client;
  }

  cloudWatch(region: string): CloudWatchClient {
    return this.#client("monitoring", region, "read") as unknown as CloudWatchClient;
  }

  appMesh(region: string, use: ClientUse): Promise<AppMesh> {
    const method = (operation: string) => (input: Fields, options?: { abortSignal?: AbortSignal }) =>
      this.#send({ service: "appmesh", operation, input, region, use }, options?.abortSignal);
    // On the wire a route is the whole body; the SDK gives it a name.
    const named = (operation: string) => async (input: Fields, options?: { abortSignal?: AbortSignal }) => ({
      route: await method(operation)(input, options),
    });
    const client = {
      describeRoute: named("DescribeRoute"),
      updateRoute: named("UpdateRoute"),
      listTagsForResource: method("ListTagsForResource"),
    };
    return Promise.resolve(client as unknown as AppMesh);
  }

  budget(service: AwsCall["service"], region: string): RequestBudget {
    const key = `${service} ${region}`;
    const budget = this.#budgets.get(key) ?? createBudget(this.#options.host.clock, sizes[service]);
    this.#budgets.set(key, budget);
    return budget;
  }

  destroy(): void {}

  #client(service: ServiceName, region: string, use: ClientUse) {
    return {
      send: (command: { input: Fields }, options?: { abortSignal?: AbortSignal }) => {
        const operation = command.constructor.name.replace(/Command$/, "");
        return this.#send({ service, operation, input: command.input, region, use }, options?.abortSignal);
      },
    };
  }

  /** The SDK's own retries of reads: once more after what may pass by itself. */
  async #send(sent: Sent, signal: AbortSignal | undefined): Promise<Fields> {
    for (let left = attempts[sent.use]; ; left -= 1) {
      try {
        return await this.#attempt(sent, signal);
      } catch (error) {
        if (left <= 1 || !isPassing(error) || signal?.aborted === true) throw error;
        await new Promise<void>((resolve) => {
          this.#options.host.clock.setTimer(resolve, 100);
        });
      }
    }
  }

  #attempt(sent: Sent, signal: AbortSignal | undefined): Promise<Fields> {
    const { timeline, weather, host, witness, account } = this.#options;
    const { service, operation, input, use } = sent;
    if (host.state === "dead") return never;
    const isWrite = account.isWrite(service, operation);
    const write: AwsWrite | undefined = isWrite ? { service, operation, input, use } : undefined;
    if (write && !witness.sendingAws(host, write)) return never;
    const kind = service === "monitoring" ? "cloudwatch" : service === "appmesh" ? "appmesh" : "elb";
    const subject = subjectOf(input);
    const fate = weather.fateOf({ host: host.name, service: kind, operation, subject, isWrite });
    return new Promise<Fields>((resolve, reject) => {
      const deadline = startDeadline(host.clock, timeoutsMs[use], signal);
      const finish = (end: () => void): void => {
        deadline.release();
        end();
      };
      const giveUp = (): void => {
        const name = deadline.timedOut() ? "TimeoutError" : "AbortError";
        finish(() => reject(Object.assign(new Error("given up"), { name })));
      };
      if (deadline.signal.aborted) return giveUp();
      deadline.signal.addEventListener("abort", giveUp, { once: true });
      const reset = Object.assign(new Error("read ECONNRESET"), { code: "ECONNRESET" });
      const broken = (): void => finish(() => reject(reset));
      timeline.in(fate.goMs, () => {
        if (fate.cut === true) return host.deliver(broken);
        const end = this.#carryOut(sent, fate, write, resolve, reject);
        timeline.in(fate.backMs, () => host.deliver(fate.lost === true ? broken : () => finish(end)));
      });
    });
  }

  /** Returns how the answer ends the call. */
  #carryOut(
    { service, operation, input, region }: Sent,
    fate: Fate,
    write: AwsWrite | undefined,
    resolve: (answer: Fields) => void,
    reject: (error: Error) => void,
  ): () => void {
    const { account, host, witness } = this.#options;
    try {
      if (fate.refused) throw refusalOf(faultOf(fate.refused), service, operation, "123456789012");
      if (write) witness.reachesAws(host, write);
      const answer = account.invoke(service, operation, input, region, fate.staleMs);
      if (write) witness.appliedAws(host, write);
      return () => resolve(answer);
    } catch (error) {
      if (!(error instanceof ServiceError)) throw error;
      return () => reject(sdkError(error));
    }
  }
}

function faultOf(refused: NonNullable<Fate["refused"]>): Parameters<typeof refusalOf>[0] {
  if (refused === "denied") return "denied";
  if (refused === "internal") return "error500";
  return refused === "unavailable" ? "error503" : "throttle";
}

/** As the SDK throws what a service answers. */
function sdkError({ code, message, status }: ServiceError): Error {
  return Object.assign(new Error(message), {
    name: code,
    Code: code,
    $fault: status >= 500 ? "server" : "client",
    $metadata: { httpStatusCode: status },
  });
}

function isPassing(error: unknown): boolean {
  const { name, code, $metadata } = error as {
    name?: string;
    code?: string;
    $metadata?: { httpStatusCode?: number };
  };
  const status = $metadata?.httpStatusCode ?? 0;
  return (
    name === "TimeoutError" ||
    code === "ECONNRESET" ||
    name === "Throttling" ||
    status === 429 ||
    status >= 500
  );
}

function subjectOf(input: Fields): string {
  for (const key of ["RuleArn", "ListenerArn", "TargetGroupArn", "AlarmName", "routeName"]) {
    const value = input[key];
    if (typeof value === "string") return value;
  }
  const list = input["RuleArns"] ?? input["ListenerArns"] ?? input["AlarmNames"] ?? input["ResourceArns"];
  return Array.isArray(list) ? list.join(" ") : "";
}
