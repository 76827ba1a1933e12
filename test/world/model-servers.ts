import type { Respond, TargetAnswer } from "../aws-simulator/data-plane/data-plane.ts";
import type { Probe } from "../aws-simulator/elb/health-checks.ts";
import type { PodDirectory, PodEntry } from "../target-binder/pod-directory.ts";

/** How a model version answers requests. */
export type Behaviour = {
  /** Share of requests answered with `errorStatus`, 0 to 1. Default 0. */
  readonly errorRate?: number;
  /** Default 500. */
  readonly errorStatus?: number;
  /** Default 5. */
  readonly latencyMs?: number;
};

/** A server that is no pod: somebody's running service, or a target that was left in a group. */
export type OutsideServer = {
  /** Told in `x-version`. */
  readonly version: string;
  /** What health checks see; default true. */
  readonly healthy?: boolean;
};

/** Everything that answers behind the load balancers: the pods of the cluster, by version, and servers outside. */
export type ModelServers = {
  /** From now on every pod (or outside server) of this version answers like that. */
  behave(version: string, behaviour: Behaviour): void;
  /** Puts a server at an address that no pod has. */
  setOutside(ip: string, server: OutsideServer): void;
  removeOutside(ip: string): void;
  /** The answer of whoever is at an address. Rejects when nobody is. */
  answer(ip: string): Promise<TargetAnswer>;
  /** The same for load balancers. */
  readonly respond: Respond;
  /** For health checks: a Ready pod, or a healthy outside server. */
  readonly probe: Probe;
};

/** The version that a pod serves: `MODEL_VERSION` of its first container, else its version label, else its image's tag. */
export function versionOf({ env, labels, image }: PodEntry): string {
  const tag = image.slice(image.lastIndexOf("/") + 1).split(":")[1];
  return env["MODEL_VERSION"] ?? labels["app.kubernetes.io/version"] ?? tag ?? "unknown";
}

/** Model servers that answer for the pods of a directory. */
export function createModelServers(pods: PodDirectory): ModelServers {
  const behaviours = new Map<string, Behaviour>();
  const outside = new Map<string, OutsideServer>();
  /** Requests per version: errors are spread evenly instead of at random, so that a rate is met within few requests. */
  const counts = new Map<string, number>();

  const answerOf = (version: string): TargetAnswer => {
    const { errorRate = 0, errorStatus = 500, latencyMs = 5 } = behaviours.get(version) ?? {};
    const count = (counts.get(version) ?? 0) + 1;
    counts.set(version, count);
    const fails = Math.floor(count * errorRate) > Math.floor((count - 1) * errorRate);
    const body = fails ? `${version} failed` : `hello from ${version}`;
    return { status: fails ? errorStatus : 200, latencyMs, version, body };
  };

  const answer = async (ip: string): Promise<TargetAnswer> => {
    const pod = pods.lookup(ip);
    const version = outside.get(ip)?.version ?? (pod && versionOf(pod));
    if (version === undefined) throw new Error(`nobody is at ${ip}`);
    return answerOf(version);
  };
  return {
    behave: (version, behaviour) => void behaviours.set(version, behaviour),
    setOutside: (ip, server) => void outside.set(ip, server),
    removeOutside: (ip) => void outside.delete(ip),
    answer,
    respond: async ({ targetIp }) => await answer(targetIp),
    probe: ({ id }) => {
      const server = outside.get(id);
      return server === undefined ? (pods.lookup(id)?.ready ?? false) : server.healthy !== false;
    },
  };
}
