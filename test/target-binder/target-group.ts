import {
  DeregisterTargetsCommand,
  DescribeTargetHealthCommand,
  type ElasticLoadBalancingV2Client,
  RegisterTargetsCommand,
  TargetGroupNotFoundException,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import { type Target, targetKey } from "./desired-targets.ts";

/** Targets in one RegisterTargets or DeregisterTargets call, as the AWS Load Balancer Controller sends them. */
const chunkSize = 200;

/** A call that hangs is given up after this, and tried again by whoever wants it. */
const callTimeoutMs = 5_000;

/**
 * Makes the targets of a group equal to `desired`. Targets that are draining count as gone already: one that is
 * wanted again is registered again.
 * @throws the SDK's errors, `TargetGroupNotFoundException` among them
 */
export async function syncTargetGroup(
  client: ElasticLoadBalancingV2Client,
  arn: string,
  desired: readonly Target[],
): Promise<void> {
  const registered = await registeredTargets(client, arn);
  const wanted = new Set(desired.map(targetKey));
  const there = new Set(registered.map(targetKey));
  const missing = desired.filter((target) => !there.has(targetKey(target)));
  const surplus = registered.filter((target) => !wanted.has(targetKey(target)));
  for (const targets of chunks(missing)) {
    const command = new RegisterTargetsCommand({ TargetGroupArn: arn, Targets: targets.map(description) });
    await client.send(command, deadline());
  }
  for (const targets of chunks(surplus)) {
    const command = new DeregisterTargetsCommand({ TargetGroupArn: arn, Targets: targets.map(description) });
    await client.send(command, deadline());
  }
}

/** Takes every target out of a group; a group that does not exist has none. */
export async function emptyTargetGroup(client: ElasticLoadBalancingV2Client, arn: string): Promise<void> {
  try {
    await syncTargetGroup(client, arn, []);
  } catch (error) {
    if (!(error instanceof TargetGroupNotFoundException)) throw error;
  }
}

async function registeredTargets(
  client: ElasticLoadBalancingV2Client,
  arn: string,
): Promise<readonly Target[]> {
  const answer = await client.send(new DescribeTargetHealthCommand({ TargetGroupArn: arn }), deadline());
  return (answer.TargetHealthDescriptions ?? [])
    .filter(({ TargetHealth }) => TargetHealth?.State !== "draining")
    .map(({ Target }) => ({ ip: Target?.Id ?? "", port: Target?.Port ?? 0 }));
}

function deadline(): { abortSignal: AbortSignal } {
  return { abortSignal: AbortSignal.timeout(callTimeoutMs) };
}

function description({ ip, port }: Target): { Id: string; Port: number } {
  return { Id: ip, Port: port };
}

function chunks<T>(list: readonly T[]): readonly (readonly T[])[] {
  const count = Math.ceil(list.length / chunkSize);
  return Array.from({ length: count }, (_, index) => list.slice(index * chunkSize, (index + 1) * chunkSize));
}
