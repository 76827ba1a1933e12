import { appMeshOperations } from "./app-mesh/operations.ts";
import type { Call, CallLog } from "./calls.ts";
import { CallLog as Calls } from "./calls.ts";
import { type Clock, realClock } from "./clock.ts";
import { type AlarmControl, alarmControl } from "./cloudwatch/control.ts";
import { startAlarmEvaluation } from "./cloudwatch/evaluator.ts";
import { cloudWatchOperations } from "./cloudwatch/operations.ts";
import { type Respond, startDataPlane } from "./data-plane/data-plane.ts";
import type { DataPlane } from "./data-plane/front.ts";
import { type MeshParts, startMeshPlane } from "./data-plane/mesh.ts";
import { type ElbControl, elbControl } from "./elb/control.ts";
import { type Probe, startHealthChecks } from "./elb/health-checks.ts";
import { listenerByArn, loadBalancerByArn } from "./elb/lookup.ts";
import { elbOperations } from "./elb/operations.ts";
import { answerRequest, type CallHook, type EndpointParts } from "./endpoint.ts";
import { Faults } from "./faults.ts";
import { type Listening, listen } from "./listening.ts";
import {
  type Fields,
  type Operation,
  type OperationContext,
  type Operations,
  ServiceError,
  type ServiceName,
  type Timing,
} from "./operation.ts";
import { createRandom, hexId } from "./random.ts";
import { Roles, stsOperations } from "./sts/roles.ts";
import { asOf, World } from "./world.ts";

export const DEFAULT_ACCOUNT = "123456789012";
export const DEFAULT_REGION = "us-east-1";

/** How to start a simulator; everything has a default. */
export interface SimulatorOptions {
  /** Default 0: any free port. */
  readonly port?: number;
  readonly account?: string;
  readonly region?: string;
  /** Drives health checks and alarms. Default: wall time. */
  readonly clock?: Clock;
  /** Seed of ids. Default 1. */
  readonly seed?: number;
  readonly timing?: Partial<Timing>;
  /** How often due alarms are looked for, ms. Default 100. */
  readonly alarmTickMs?: number;
  /** Newest calls remembered. Default 10000. */
  readonly callLimit?: number;
  /** Newest alarm history entries remembered per region. Default 10000. */
  readonly historyLimit?: number;
  /** Default three hours, as CloudWatch keeps data below a minute. */
  readonly metricRetentionMs?: number;
  /** How far back stale reads reach. Default five minutes. */
  readonly keepMs?: number;
}

/** Where a call or a control acts; default: the simulator's account and region. */
export interface Place {
  readonly account?: string;
  readonly region?: string;
}

/** How to open a load balancer to real requests. */
export interface DataPlaneOptions {
  /** Default: the load balancer's first listener. */
  readonly listenerArn?: string;
  readonly respond: Respond;
  /** Seed of the weighted choice. Default 1. */
  readonly seed?: number;
  /** How late metrics reach CloudWatch, ms. Default 0. */
  readonly metricDelayMs?: number;
}

/** How to open a mesh to real requests. */
export type MeshPlaneOptions = Pick<MeshParts, "mesh" | "router" | "resolve" | "respond"> & {
  /** Seed of the weighted choice. Default 1. */
  readonly seed?: number;
};

/** A running simulator. */
export interface Simulator {
  /** For AWS_ENDPOINT_URL. The same through `down` and `up`. */
  readonly endpoint: string;
  readonly account: string;
  readonly region: string;
  readonly clock: Clock;
  readonly faults: Faults;
  readonly world: World;
  readonly callLog: CallLog;
  /** The remembered calls in order of arrival. */
  readonly calls: readonly Call[];
  callsOf(operation: string): Call[];
  onCall(listener: (call: Call) => void): () => void;
  /** Runs before each call takes effect; the call waits. Returns the way out. */
  onBeforeCall(hook: CallHook): () => void;
  /** Runs after each call took effect, before its answer is sent. */
  onAfterCall(hook: CallHook): () => void;
  readonly alarms: AlarmControl;
  readonly elb: ElbControl;
  /** Roles that STS gives credentials for. */
  readonly roles: Roles;
  /** Decides what health checks see. Default: everything is healthy. */
  setProbe(probe: Probe): void;
  /** Runs an operation in process: not logged, met by no fault. Throws ServiceError. */
  invoke(service: ServiceName, operation: string, input: object, place?: Place): Fields;
  /** Opens a listener to real requests. Throws ServiceError for an unknown ARN. It ends with the simulator. */
  startDataPlane(loadBalancerArn: string, options: DataPlaneOptions): Promise<DataPlane>;
  /** Opens a virtual router of the simulator's own account and region to real requests. It ends with the simulator. */
  startMeshPlane(options: MeshPlaneOptions): Promise<DataPlane>;
  /** Refuses every connection to the API until `up`; data planes go on. */
  down(): Promise<void>;
  up(): Promise<void>;
  stop(): Promise<void>;
}

const DEFAULT_TIMING: Timing = {
  healthCheckIntervalMs: 100,
  healthyThreshold: 3,
  unhealthyThreshold: 2,
  deregistrationDelaySeconds: "300",
};

const OPERATIONS: Readonly<Record<Exclude<ServiceName, "sts">, Operations>> = {
  elasticloadbalancing: elbOperations,
  monitoring: cloudWatchOperations,
  appmesh: appMeshOperations,
};

/** The parts that know nothing of HTTP. */
const createCore = (options: SimulatorOptions) => {
  const clock = options.clock ?? realClock;
  const account = options.account ?? DEFAULT_ACCOUNT;
  const region = options.region ?? DEFAULT_REGION;
  const timing: Timing = { ...DEFAULT_TIMING, ...options.timing };
  const random = createRandom(options.seed ?? 1);
  const world = new World(clock, {
    keepMs: options.keepMs ?? 300_000,
    metricRetentionMs: options.metricRetentionMs ?? 3 * 3_600_000,
    historyLimit: options.historyLimit ?? 10_000,
  });
  const contextFor = (where: { account: string; region: string }, staleMs?: number): OperationContext => {
    const state = world.region(where.account, where.region);
    const now = clock.now();
    return {
      state: staleMs === undefined ? state : asOf(state, now - staleMs),
      now,
      ...where,
      timing,
      newId: (length) => hexId(random, length),
    };
  };
  return { clock, account, region, timing, random, world, contextFor };
};

/** Starts the servers and their clockwork. */
export const startSimulator = async (options: SimulatorOptions = {}): Promise<Simulator> => {
  const core = createCore(options);
  const { clock, account, region, timing, random, world, contextFor } = core;
  const calls = new Calls(options.callLimit ?? 10_000);
  const faults = new Faults();
  const before = new Set<CallHook>();
  const after = new Set<CallHook>();
  let probe: Probe = () => true;
  const roles = new Roles(clock);
  const operations = { ...OPERATIONS, sts: stsOperations(roles) };
  const parts: EndpointParts = {
    clock,
    calls,
    faults,
    operations,
    accountOf: (key) => roles.accountOf(key, account),
    sessionRefusal: (key, token) => roles.refusal(key, token),
    before,
    after,
    run: (operation: Operation, call, staleMs) => operation.run(contextFor(call, staleMs), call.input),
    newRequestId: () =>
      `${hexId(random, 8)}-${hexId(random, 4)}-${hexId(random, 4)}-${hexId(random, 4)}-${hexId(random, 12)}`,
  };
  const open = (port: number): Promise<Listening> =>
    listen((request, response) => {
      answerRequest(parts, request, response).catch((error: unknown) => {
        response.destroy(error instanceof Error ? error : new Error(String(error)));
      });
    }, port);
  let server: Listening | undefined = await open(options.port ?? 0);
  const { port } = server;
  const stopChecks = startHealthChecks(
    () => world.regions().map(({ elb }) => elb),
    clock,
    timing,
    () => probe,
  );
  const stopAlarms = startAlarmEvaluation(
    () => world.regions().map(({ cloudwatch }) => cloudwatch),
    clock,
    options.alarmTickMs ?? 100,
  );
  const down = async (): Promise<void> => {
    const closing = server;
    server = undefined;
    await closing?.close();
  };
  const invoke = (service: ServiceName, name: string, input: object, place: Place = {}): Fields => {
    const operation = operations[service][name];
    if (!operation) throw new ServiceError("InvalidAction", `The operation ${name} is not simulated`);
    return operation.run(contextFor({ account, region, ...place }), input as Fields);
  };
  const hook = (hooks: Set<CallHook>) => (added: CallHook) => {
    hooks.add(added);
    return () => void hooks.delete(added);
  };
  const planes = new Set<DataPlane>();
  const openPlane = async (loadBalancerArn: string, options: DataPlaneOptions): Promise<DataPlane> => {
    const [, , , inRegion = region, inAccount = account] = loadBalancerArn.split(":");
    const state = world.region(inAccount, inRegion);
    loadBalancerByArn(state.elb, loadBalancerArn);
    const first = state.elb.listeners.values().find((each) => each.loadBalancerArn === loadBalancerArn);
    const plane = await startDataPlane({
      loadBalancerArn,
      listenerArn: listenerByArn(state.elb, options.listenerArn ?? first?.arn).arn,
      state,
      clock,
      random: createRandom(options.seed ?? 1),
      respond: options.respond,
      metricDelayMs: options.metricDelayMs ?? 0,
    });
    planes.add(plane);
    return plane;
  };
  const openMesh = async ({ seed = 1, ...parts }: MeshPlaneOptions): Promise<DataPlane> => {
    const { appMesh, cloudwatch } = world.region(account, region);
    const plane = await startMeshPlane({
      ...parts,
      state: appMesh,
      metrics: cloudwatch.metrics,
      clock,
      random: createRandom(seed),
    });
    planes.add(plane);
    return plane;
  };
  return {
    endpoint: `http://127.0.0.1:${port}`,
    account,
    region,
    clock,
    faults,
    world,
    callLog: calls,
    get calls() {
      return calls.all;
    },
    callsOf: (operation) => calls.of(operation),
    onCall: (listener) => calls.subscribe(listener),
    onBeforeCall: hook(before),
    onAfterCall: hook(after),
    alarms: alarmControl((place) => contextFor({ account, region, ...place })),
    elb: elbControl(invoke),
    roles,
    setProbe: (next) => {
      probe = next;
    },
    invoke,
    startDataPlane: openPlane,
    startMeshPlane: openMesh,
    down,
    up: async () => {
      server ??= await open(port);
    },
    stop: async () => {
      stopChecks();
      stopAlarms();
      faults.clear();
      await Promise.all([down(), ...[...planes].map((plane) => plane.stop())]);
    },
  };
};
