import type { Logger } from "pino";
import { createAws } from "./aws/clients.ts";
import type { Config } from "./config.ts";
import { Controller, type ControllerOptions } from "./controller/controller.ts";
import { systemClock } from "./runtime/clock.ts";
import { EventRecorder } from "./runtime/event-recorder.ts";
import type { KubeApi } from "./runtime/kube-api.ts";
import { createKubeApi } from "./runtime/kube-client.ts";
import { loadKubeConfig, namespaceOf } from "./runtime/kube-config.ts";
import { LeaderElector } from "./runtime/leader-election.ts";
import { version } from "./version.ts";

const LEASE = "modelrollout";
const REPORTER = "modelrollout.dev/operator";
const clock = systemClock;
const random = Math.random;
/** The effect at hand is finished or abandoned within this time, so that the whole stop takes less than 10 s. */
const DRAIN_MS = 6_000;
const EVENTS_MS = 1_000;

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

/** Starts watching at once, acts when it leads. Throws when the kubeconfig cannot be used. */
export function startOperator(config: Config, surroundings: OperatorSurroundings): Operator {
  const { log, region, identity } = surroundings;
  const ended = Promise.withResolvers<unknown>();
  const kubeConfig = loadKubeConfig(config.kubeconfig === undefined ? {} : { kubeconfig: config.kubeconfig });
  const api = createKubeApi(kubeConfig, { userAgent: `modelrollout/${version}`, clock, random });
  const aws = createAws({ version, clock });
  const recorder = createRecorder(api, identity, log);
  const namespace = config.leaderElectionNamespace ?? namespaceOf(kubeConfig);
  const lost = (): void => ended.resolve(new Error("the lease was lost: another replica goes on"));
  const elector = config.leaderElect
    ? createElector({ api, identity, namespace, log, begin: () => begin(), lost })
    : undefined;
  const mayWrite = (): boolean => elector?.mayWrite() ?? true;
  const controller = createController(config, { api, aws, recorder, region, log, mayWrite });
  const synced = controller.start();
  const begin = async (): Promise<void> => {
    try {
      await synced;
      log.info({ identity }, "leading");
      controller.lead();
    } catch (error) {
      ended.resolve(error);
    }
  };
  log.info({ region, identity, namespaces: config.namespaces }, "started");
  if (elector) elector.start();
  else void begin();
  return {
    ended: ended.promise,
    stop: async () => {
      await controller.stop(DRAIN_MS);
      await elector?.stop();
      await recorder.stop(EVENTS_MS);
      aws.destroy();
      await api.close();
    },
  };
}

function createRecorder(api: KubeApi, identity: string, log: Logger): EventRecorder {
  return new EventRecorder({
    api,
    clock,
    random,
    reportingController: REPORTER,
    reportingInstance: identity,
    listener: { dropped: (event, why) => log.debug({ reason: event.reason, why }, "event dropped") },
  });
}

interface ElectorParts {
  readonly api: KubeApi;
  readonly identity: string;
  readonly namespace: string;
  readonly log: Logger;
  readonly begin: () => Promise<void>;
  readonly lost: () => void;
}

function createElector({ api, identity, namespace, log, begin, lost }: ElectorParts): LeaderElector {
  return new LeaderElector({
    api,
    clock,
    random,
    identity,
    namespace,
    name: LEASE,
    listener: {
      onStarted: () => void begin(),
      onLost: lost,
      onError: (error) => log.warn({ err: error }, "leader election: a try failed"),
    },
  });
}

type ControllerParts = Pick<ControllerOptions, "api" | "aws" | "recorder" | "region" | "log" | "mayWrite">;

function createController(config: Config, parts: ControllerParts): Controller {
  const { log } = parts;
  return new Controller({
    ...parts,
    clock,
    random,
    namespaces: config.namespaces,
    alarmPollMs: config.alarmPollMs,
    driftPollMs: config.driftPollMs,
    queueListener: { failed: (key, error) => log.error({ rollout: key, err: error }, "reconcile failed") },
    reflectorListener: {
      failed: (path, error) => log.warn({ path, err: error }, "watch failed; trying again"),
      silent: (path) => log.warn({ path }, "watch was silent; opened again"),
    },
  });
}
