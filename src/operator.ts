import type { Logger } from "pino";
import { type AccountsOptions, createAwsScopes } from "./aws/accounts.ts";
import type { CallReport } from "./aws/clients.ts";
import { readRolesFile } from "./config/roles-file.ts";
import type { Config } from "./config.ts";
import { createBlindness } from "./controller/blind/blindness.ts";
import { Controller, type ControllerOptions } from "./controller/controller.ts";
import { createLoopHealth, type LoopHealth } from "./observability/loop-health.ts";
import { createMetrics, type Metrics, type QueueSample } from "./observability/metrics.ts";
import { serveObservability } from "./observability/probes.ts";
import { awsCallSpan, flushSpans, withSpans } from "./observability/spans.ts";
import { systemClock } from "./runtime/clock.ts";
import { EventRecorder } from "./runtime/event-recorder.ts";
import type { KubeApi } from "./runtime/kube-api.ts";
import { createKubeApi } from "./runtime/kube-client.ts";
import { loadKubeConfig, namespaceOf } from "./runtime/kube-config.ts";
import { LeaderElector } from "./runtime/leader-election.ts";
import type { ReflectorListener } from "./runtime/reflector.ts";
import type { QueueListener } from "./runtime/runner.ts";
import { version } from "./version.ts";

const LEASE = "modelrollout";
/** The label `controller` of controller-runtime's metrics. */
const CONTROLLER = "modelrollout";
const REPORTER = "modelrollout.dev/operator";
const clock = systemClock;
const random = Math.random;
/** The effect at hand is finished or abandoned within this time, so that the whole stop takes less than 10 s. */
const DRAIN_MS = 6_000;
const EVENTS_MS = 1_000;
const SPANS_MS = 1_000;

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

/** Starts watching at once, acts when it leads. Rejects when the kubeconfig or an address cannot be used. */
export async function startOperator(config: Config, surroundings: OperatorSurroundings): Promise<Operator> {
  const { log, region, identity } = surroundings;
  const ended = Promise.withResolvers<unknown>();
  const metrics = createMetrics({ version, lease: LEASE });
  const kubeConfig = loadKubeConfig(config.kubeconfig === undefined ? {} : { kubeconfig: config.kubeconfig });
  const api = createKubeApi(kubeConfig, { userAgent: `modelrollout/${version}`, clock, random });
  const onCall = (report: CallReport): void => {
    metrics.awsCall(report);
    awsCallSpan(report);
  };
  const aws = createAwsScopes({ version, clock, onCall, region, ...(await rolesOf(config)) });
  const recorder = createRecorder(api, identity, log, metrics);
  const namespace = config.leaderElectionNamespace ?? namespaceOf(kubeConfig);
  const terms = createTerms({ identity, log, metrics, end: ended.resolve, controller: () => controller });
  const elector = config.leaderElect ? createElector({ api, identity, namespace, log, terms }) : undefined;
  const mayWrite = (): boolean => elector?.mayWrite() ?? true;
  const fleet = createFleet(config, {
    api: withSpans(api),
    aws,
    recorder,
    region,
    log,
    mayWrite,
    blindForMs: terms.blindForMs,
    metrics,
    leading: terms.leading,
  });
  const { controller } = fleet;
  const served = await serve(config, metrics, fleet);
  const synced = controller.start();
  log.info({ region, identity, namespaces: config.namespaces, ...served.ports }, "started");
  // A replica whose lists fail (a right that is missing) must not hold the lease: nobody would guard anything.
  synced.then(() => (elector ? elector.start() : terms.begin()), ended.resolve);
  return {
    ended: ended.promise,
    stop: async () => {
      terms.end();
      await controller.stop(DRAIN_MS);
      await elector?.stop();
      await recorder.stop(EVENTS_MS);
      await served.close();
      aws.destroy();
      await flushSpans(SPANS_MS);
      await api.close();
    },
  };
}

/** Throws an Error that has everything that is wrong with the file. */
async function rolesOf({ awsRoles, clusterName }: Config): Promise<Pick<AccountsOptions, "roles">> {
  if (awsRoles === undefined || clusterName === undefined) return {};
  return { roles: { entries: await readRolesFile(awsRoles), cluster: clusterName } };
}

interface Served {
  /** The ports in use, for whoever asked for port 0. */
  readonly ports: { readonly metricsPort?: number; readonly probesPort?: number };
  close(): Promise<void>;
}

async function serve(config: Config, metrics: Metrics, { controller, health }: Fleet): Promise<Served> {
  const endpoints = await serveObservability({
    config,
    metrics,
    healthy: { loop: () => health.check() },
    ready: { caches: () => (controller.hasSynced ? undefined : "the first lists are not complete") },
  });
  const { metricsPort, probesPort } = endpoints;
  return {
    ports: {
      ...(metricsPort === undefined ? {} : { metricsPort }),
      ...(probesPort === undefined ? {} : { probesPort }),
    },
    close: async () => await endpoints.close(),
  };
}

function createRecorder(api: KubeApi, identity: string, log: Logger, metrics: Metrics): EventRecorder {
  return new EventRecorder({
    api,
    clock,
    random,
    reportingController: REPORTER,
    reportingInstance: identity,
    listener: {
      sent: (event) => metrics.eventListener.sent?.(event),
      dropped: (event, why, error) => {
        metrics.eventListener.dropped?.(event, why, error);
        log.debug({ reason: event.reason, why }, "event dropped");
      },
    },
  });
}

interface TermsParts {
  readonly identity: string;
  readonly log: Logger;
  readonly metrics: Metrics;
  /** The process cannot go on. */
  readonly end: (why: Error) => void;
  readonly controller: () => Controller;
}

/** What follows when this process begins to lead, cannot tell whether it still does, and leads no more. */
interface Terms {
  readonly leading: () => boolean;
  readonly blindForMs: () => number | undefined;
  begin(): void;
  silent(): void;
  lost(): void;
  end(): void;
}

function createTerms({ identity, log, metrics, end, controller }: TermsParts): Terms {
  const blindness = createBlindness(clock, log, metrics);
  let leading = false;
  let led = false;
  return {
    leading: () => leading,
    blindForMs: blindness.forMs,
    begin: () => {
      log.info({ identity }, "leading");
      leading = true;
      metrics.leader(true);
      blindness.end();
      if (led) controller().lookAgain();
      else controller().lead();
      led = true;
    },
    silent: () => {
      leading = false;
      metrics.leader(false);
      blindness.begin();
    },
    lost: () => {
      // From here on nothing is written, not even by the guard.
      blindness.end();
      end(new Error("the lease was lost: another replica goes on"));
    },
    end: () => {
      leading = false;
      blindness.end();
    },
  };
}

interface ElectorParts {
  readonly api: KubeApi;
  readonly identity: string;
  readonly namespace: string;
  readonly log: Logger;
  readonly terms: Terms;
}

function createElector({ api, identity, namespace, log, terms }: ElectorParts): LeaderElector {
  return new LeaderElector({
    api,
    clock,
    random,
    identity,
    namespace,
    name: LEASE,
    outlastSilence: true,
    listener: {
      onStarted: () => terms.begin(),
      onSilent: () => terms.silent(),
      onLost: () => terms.lost(),
      onError: (error) => log.warn({ err: error }, "leader election: a try failed"),
    },
  });
}

type FleetParts = Pick<
  ControllerOptions,
  "api" | "aws" | "recorder" | "region" | "log" | "mayWrite" | "blindForMs"
> & {
  readonly metrics: Metrics;
  readonly leading: () => boolean;
};

interface Fleet {
  readonly controller: Controller;
  /** Tells `/healthz` whether the queue moves. */
  readonly health: LoopHealth;
}

function createFleet(config: Config, { metrics, leading, ...parts }: FleetParts): Fleet {
  const { log } = parts;
  const queue: QueueSample = {
    get depth() {
      return controller.runner.depth;
    },
    get active() {
      return controller.runner.active;
    },
    runningForMs: () => controller.runner.runningForMs(),
  };
  const health = createLoopHealth({ clock, queue, expected: leading });
  const controller = new Controller({
    ...parts,
    clock,
    random,
    namespaces: config.namespaces,
    alarmPollMs: config.alarmPollMs,
    driftPollMs: config.driftPollMs,
    requireGrant: config.requireGrant,
    ...(config.clusterName === undefined ? {} : { clusterName: config.clusterName }),
    queueListener: queueListeners(health.listener, metrics.queueListener(CONTROLLER), {
      failed: (key, error) => log.error({ rollout: key, err: error }, "reconcile failed"),
    }),
    reflectorListener: reflectorListener(metrics.reflectorListener, log),
    changed: metrics.rolloutChanged,
  });
  metrics.sampleQueue(CONTROLLER, queue);
  return { controller, health };
}

/** One listener that tells several. */
function queueListeners(...all: readonly QueueListener[]): QueueListener {
  return {
    added: (...told) => all.forEach((listener) => listener.added?.(...told)),
    started: (...told) => all.forEach((listener) => listener.started?.(...told)),
    finished: (...told) => all.forEach((listener) => listener.finished?.(...told)),
    retried: (...told) => all.forEach((listener) => listener.retried?.(...told)),
    failed: (...told) => all.forEach((listener) => listener.failed?.(...told)),
  };
}

function reflectorListener(metrics: ReflectorListener, log: Logger): ReflectorListener {
  return {
    ...metrics,
    failed: (path, error) => {
      metrics.failed?.(path, error);
      log.warn({ path, err: error }, "watch failed; trying again");
    },
    silent: (path) => {
      metrics.silent?.(path);
      log.warn({ path }, "watch was silent; opened again");
    },
  };
}
