import type { Logger } from "pino";
import { createAws } from "./aws/clients.ts";
import type { Config } from "./config.ts";
import { Controller } from "./controller/controller.ts";
import { systemClock } from "./runtime/clock.ts";
import { EventRecorder } from "./runtime/event-recorder.ts";
import { createKubeApi } from "./runtime/kube-client.ts";
import { loadKubeConfig, namespaceOf } from "./runtime/kube-config.ts";
import { LeaderElector } from "./runtime/leader-election.ts";
import { version } from "./version.ts";

const LEASE = "modelrollout";
const FIELD = "modelrollout.dev/operator";
/** The effect at hand is finished or abandoned within this time, so that the whole stop takes less than 10 s. */
const DRAIN_MS = 6_000;

export interface OperatorSurroundings {
  readonly log: Logger;
  /** The operator's own AWS region. */
  readonly region: string;
  /** Unique to this process. */
  readonly identity: string;
}

export interface Operator {
  /** Resolves with the reason when the operator cannot go on: the process must end and be started anew. */
  readonly ended: Promise<unknown>;
  /** Finishes what is at hand, gives the lease back. */
  stop(): Promise<void>;
}

/** Starts watching at once, acts when it leads. */
export function startOperator(config: Config, surroundings: OperatorSurroundings): Operator {
  const { log, region, identity } = surroundings;
  const clock = systemClock;
  const random = Math.random;
  const ended = Promise.withResolvers<unknown>();
  const kubeConfig = loadKubeConfig(config.kubeconfig === undefined ? {} : { kubeconfig: config.kubeconfig });
  const api = createKubeApi(kubeConfig, { userAgent: `modelrollout/${version}`, clock, random });
  const aws = createAws({ version, clock });
  const recorder = new EventRecorder({
    api,
    clock,
    random,
    reportingController: FIELD,
    reportingInstance: identity,
    listener: { dropped: (event, why) => log.debug({ reason: event.reason, why }, "event dropped") },
  });
  const elector = config.leaderElect
    ? new LeaderElector({
        api,
        clock,
        random,
        identity,
        name: LEASE,
        namespace: config.leaderElectionNamespace ?? namespaceOf(kubeConfig),
        listener: {
          onStarted: () => begin(),
          onLost: () => ended.resolve(new Error("the lease was lost: another replica goes on")),
          onError: (error) => log.warn({ err: error }, "leader election: try failed"),
        },
      })
    : undefined;
  const controller = new Controller({
    api,
    aws,
    clock,
    random,
    log,
    recorder,
    region,
    namespaces: config.namespaces,
    alarmPollMs: config.alarmPollMs,
    driftPollMs: config.driftPollMs,
    mayWrite: () => elector?.mayWrite() ?? true,
    queueListener: { failed: (key, error) => log.error({ rollout: key, err: error }, "reconcile failed") },
    reflectorListener: {
      failed: (path, error) => log.warn({ path, err: error }, "watch failed; trying again"),
      silent: (path) => log.warn({ path }, "watch was silent; opened again"),
    },
  });
  const synced = controller.start();
  /** Leading begins when both the lease and the caches are there. */
  function begin(): void {
    synced.then(
      () => {
        log.info({ identity }, "leading");
        controller.lead();
      },
      (error: unknown) => ended.resolve(error),
    );
  }
  log.info({ version, region, identity, namespaces: config.namespaces }, "started");
  elector?.start();
  if (!elector) begin();
  return {
    ended: ended.promise,
    stop: async () => {
      await controller.stop(DRAIN_MS);
      await elector?.stop();
      await recorder.stop(1_000);
      aws.destroy();
      await api.close();
    },
  };
}
