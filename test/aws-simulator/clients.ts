import { CloudWatchClient } from "@aws-sdk/client-cloudwatch";
import { ElasticLoadBalancingV2Client } from "@aws-sdk/client-elastic-load-balancing-v2";
import type { Simulator } from "./simulator.ts";

/** Real SDK clients that reach a simulator. */
export interface Clients {
  readonly elb: ElasticLoadBalancingV2Client;
  readonly cloudwatch: CloudWatchClient;
  destroy(): void;
}

/** How the clients differ from the plainest: one attempt, the simulator's region, its default account. */
export interface ClientOptions {
  readonly region?: string;
  /** Default 1: what the simulator answers is what the caller sees. */
  readonly maxAttempts?: number;
  /** A twelve-digit account ID used as the access key. Default: the simulator's account. */
  readonly account?: string;
}

/** Makes clients for `simulator`; destroy them before it stops. */
export const createClients = (simulator: Simulator, options: ClientOptions = {}): Clients => {
  const config = {
    endpoint: simulator.endpoint,
    region: options.region ?? simulator.region,
    maxAttempts: options.maxAttempts ?? 1,
    credentials: { accessKeyId: options.account ?? simulator.account, secretAccessKey: "simulated" },
  };
  const elb = new ElasticLoadBalancingV2Client(config);
  const cloudwatch = new CloudWatchClient(config);
  return {
    elb,
    cloudwatch,
    destroy: () => {
      elb.destroy();
      cloudwatch.destroy();
    },
  };
};
