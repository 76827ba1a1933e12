import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { CloudWatchClient, DescribeAlarmsCommand } from "@aws-sdk/client-cloudwatch";
import {
  DescribeRulesCommand,
  ElasticLoadBalancingV2Client,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import { afterEach, expect, it, vi } from "vitest";
import type { Stack } from "./fixtures.ts";

let child: ChildProcess | undefined;

afterEach(() => {
  vi.unstubAllEnvs();
  child?.kill("SIGKILL");
});

/** The first `count` lines the command prints. */
const linesOf = async (started: ChildProcess, count: number): Promise<string[]> => {
  const lines: string[] = [];
  if (!started.stdout) throw new Error("the command has no output");
  for await (const line of createInterface({ input: started.stdout })) {
    lines.push(line);
    if (lines.length === count) break;
  }
  return lines;
};

it("serves SDK clients that know nothing but the environment it prints", async () => {
  const main = fileURLToPath(new URL("main.ts", import.meta.url));
  child = spawn(process.execPath, [main, "--port", "0", "--stack", "web"], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [endpoint = "", rest = "", stack = ""] = await linesOf(child, 3);
  for (const [, name = "", value = ""] of `${endpoint} ${rest}`.matchAll(/(AWS_\w+)=(\S+)/g))
    vi.stubEnv(name, value);
  const { ruleArn } = JSON.parse(stack) as Stack;
  const elb = new ElasticLoadBalancingV2Client();
  const cloudwatch = new CloudWatchClient();
  const { Rules } = await elb.send(new DescribeRulesCommand({ RuleArns: [ruleArn] }));
  expect(Rules?.[0]?.RuleArn).toBe(ruleArn);
  const { MetricAlarms } = await cloudwatch.send(new DescribeAlarmsCommand({}));
  expect(MetricAlarms).toEqual([]);
  elb.destroy();
  cloudwatch.destroy();
  child.kill("SIGTERM");
  const [code] = (await once(child, "exit")) as [number | null];
  expect(code).toBe(0);
});
