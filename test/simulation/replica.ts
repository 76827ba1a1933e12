import { pino } from "pino";
import { oneScope } from "../../src/aws/accounts.ts";
import type { Aws } from "../../src/aws/clients.ts";
import { Controller } from "../../src/controller/controller.ts";
import { EventRecorder } from "../../src/runtime/event-recorder.ts";
import type { KubeApi } from "../../src/runtime/kube-api.ts";
import { LeaderElector } from "../../src/runtime/leader-election.ts";
import { REGION } from "./aws/account.ts";
import type { Host } from "./host.ts";

/** What a replica of the operator is made of, beside the operator's own code. */
export interface ReplicaOptions {
  readonly host: Host;
  readonly api: KubeApi;
  readonly aws: Aws;
  readonly random: () => number;
  readonly alarmPollMs: number;
  readonly driftPollMs: number;
  /** Hears what the operator logs, one record a time. */
  readonly log?: (line: string) => void;
  /** The process ends by itself: the lease was lost, or it cannot go on. */
  readonly exited: (why: string) => void;
}

/** Namespace of the operator and its Lease. */
export const OPERATOR_NAMESPACE = "modelrollout-system";
export const LEASE_PATH = `/apis/coordination.k8s.io/v1/namespaces/${OPERATOR_NAMESPACE}/leases/modelrollout`;

/** One replica of the operator, put together as src/operator.ts does it, without what serves metrics and probes. */
export class Replica {
  readonly host: Host;
  readonly #elector: LeaderElector;
  readonly #controller: Controller;
  readonly #recorder: EventRecorder;

  constructor(options: ReplicaOptions) {
    const { host, api, aws, random, exited } = options;
    const { clock } = host;
    this.host = host;
    const log = options.log
      ? pino({ level: "info", base: null, timestamp: false }, { write: options.log })
      : pino({ level: "silent" });
    this.#recorder = new EventRecorder({
      api,
      clock,
      random,
      reportingController: "modelrollout.dev/operator",
      reportingInstance: host.name,
    });
    this.#elector = new LeaderElector({
      api,
      clock,
      random,
      identity: host.name,
      namespace: OPERATOR_NAMESPACE,
      name: "modelrollout",
      listener: {
        onStarted: () => this.#controller.lead(),
        onLost: () => exited("the lease was lost"),
      },
    });
    this.#controller = new Controller({
      api,
      aws: oneScope(aws),
      clock,
      random,
      log,
      recorder: this.#recorder,
      namespaces: [],
      requireGrant: true,
      region: REGION,
      alarmPollMs: options.alarmPollMs,
      driftPollMs: options.driftPollMs,
      mayWrite: () => this.#elector.mayWrite(),
      queueListener: {
        failed: (key, error) => log.error({ rollout: key, err: error }, "reconcile failed"),
      },
    });
  }

  get leads(): boolean {
    return this.#elector.isLeader();
  }

  start(): void {
    this.#controller.start().then(
      () => this.#elector.start(),
      () => {},
    );
  }

  /** SIGTERM, as src/operator.ts does it. */
  async stop(): Promise<void> {
    await this.#controller.stop(6_000);
    await this.#elector.stop();
    await this.#recorder.stop(1_000);
  }
}
