import { openRoute } from "./console/route.ts";
import { openRule } from "./console/rule.ts";
import type { SlotWeights } from "./console/weighted.ts";

/**
 * A hand on the demo's load balancer or mesh, by way of the real SDK: what somebody would do in the console.
 *
 *   AWS_ENDPOINT_URL=… node demo/aws.ts weights
 *   AWS_ENDPOINT_URL=… node demo/aws.ts set-weights a=50 b=50
 */
const usage = "usage: AWS_ENDPOINT_URL=http://… node demo/aws.ts weights | set-weights a=50 b=50";

/** `a=50 b=50` as numbers. @throws Error with what to write instead */
function readWeights(words: readonly string[]): SlotWeights {
  const pairs = words.map((word): [string, number] => {
    const [, slot, weight] = /^([ab])=(\d{1,3})$/.exec(word) ?? [];
    if (slot === undefined || weight === undefined)
      throw new Error(`${word} is no weight; write a=50 b=50 (0 to 999, in a mesh 0 to 100 in all)`);
    return [slot, Number(weight)];
  });
  if (pairs.length === 0) throw new Error(usage);
  return Object.fromEntries(pairs);
}

async function main([verb, ...words]: readonly string[]): Promise<void> {
  const endpoint = process.env["AWS_ENDPOINT_URL"];
  // Without an endpoint the SDK would talk to the real AWS, with the credentials of whoever sits here.
  if (endpoint === undefined || !/^http:\/\/127\.0\.0\.1:\d+\/?$/.test(endpoint))
    throw new Error(`AWS_ENDPOINT_URL must be the simulator's, as the demo prints it\n${usage}`);
  if (verb !== "weights" && verb !== "set-weights") throw new Error(usage);
  const weighted = (await openRule(endpoint)) ?? (await openRoute(endpoint));
  if (weighted === undefined) throw new Error("there is neither a rule with two target groups nor a route");
  try {
    if (verb === "set-weights") await weighted.write(readWeights(words));
    const now = Object.entries(await weighted.read());
    console.log(now.map(([slot, weight]) => `${slot}=${weight}`).join(" "));
  } finally {
    weighted.close();
  }
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
