import { readFileSync } from "node:fs";
import { chmod, mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { FaultHandle } from "../aws-simulator/faults.ts";
import { eventually } from "../control-plane/eventually.ts";
import { conditionOf } from "../world/rollouts.ts";
import { startTap } from "../world/tap.ts";
import { useWorld } from "./shared.ts";

const world = useWorld({ operator: false });

/** A program that hands out temporary credentials, as an organisation's own sign-in does, and who checks them. */
async function startIssuer() {
  const folder = await mkdtemp(join(world.folder, "issuer-"));
  const file = join(folder, "credentials.json");
  const log = join(folder, "asked");
  const program = join(folder, "issue.sh");
  const config = join(folder, "config");
  await writeFile(program, `#!/bin/sh\necho asked >> '${log}'\nexec cat '${file}'\n`);
  await chmod(program, 0o755);
  await writeFile(log, "");
  await writeFile(config, `[default]\ncredential_process = ${program}\n`);
  const expirations = new Map<string, number>();
  let number = 0;
  return {
    config,
    /** How often somebody wanted credentials. */
    asked: (): number => readFileSync(log, "utf8").split("\n").length - 1,
    /** From now on it hands out new ones that are good for so long. */
    issue: async (ms: number): Promise<string> => {
      const token = `token-${++number}`;
      const expires = Date.now() + ms;
      expirations.set(token, expires);
      const issued = {
        Version: 1,
        AccessKeyId: world.simulator.account,
        SecretAccessKey: "simulated",
        SessionToken: token,
        Expiration: new Date(expires).toISOString(),
      };
      await writeFile(`${file}.new`, JSON.stringify(issued));
      await rename(`${file}.new`, file);
      return token;
    },
    /** It fails from now on. */
    breakDown: async (): Promise<void> => await rm(file),
    /** AWS takes this token no more, whatever was said when it was issued. */
    revoke: (token: string): void => void expirations.set(token, 0),
    good: (token: string | undefined): boolean => Date.now() < (expirations.get(token ?? "") ?? 0),
  };
}

/** An operator that has its credentials from the issuer; what it sends with an expired token is refused. */
async function startWithIssuer(issuer: Awaited<ReturnType<typeof startIssuer>>) {
  const tap = await startTap({
    kubeconfigPath: world.operatorKubeconfigPath,
    awsEndpoint: world.simulator.endpoint,
    folder: world.folder,
  });
  const seen: { token: string | undefined; good: boolean }[] = [];
  let refusal: FaultHandle | undefined;
  tap.judge(({ service, token }) => {
    if (service === "kubernetes") return "pass";
    const good = issuer.good(token);
    seen.push({ token, good });
    if (good) refusal?.remove();
    refusal = good ? undefined : (refusal ?? world.simulator.faults.add({ kind: "expiredToken" }));
    return "pass";
  });
  const env = {
    AWS_ENDPOINT_URL: tap.awsEndpoint,
    AWS_ACCESS_KEY_ID: undefined,
    AWS_SECRET_ACCESS_KEY: undefined,
    AWS_CONFIG_FILE: issuer.config,
  };
  const operator = await world.restart({ kubeconfig: tap.kubeconfigPath, env });
  return { operator, tap, seen };
}

async function inHold(name: string) {
  const made = await world.stableRollout(name);
  made.edge.putManualAlarm(`${name}-5xx`);
  await made.rollout.apply({
    version: "v2",
    alarms: [`${name}-5xx`],
    steps: [{ weight: 50, hold: "10s" }],
    strategy: { retain: "1s", drain: "1s", stepTimeout: "5m" },
  });
  await made.rollout.waitForState("Holding");
  return made;
}

test("temporary credentials are renewed before they expire; while nobody issues any the release holds, and then it goes on", async () => {
  const issuer = await startIssuer();
  await issuer.issue(60_000);
  const { operator, tap, seen } = await startWithIssuer(issuer);
  const { rollout, edge } = await inHold("renewed");
  const next = await issuer.issue(10_000);
  await eventually("the new ones are in use", () => seen.at(-1)?.token === next);
  expect(seen.filter(({ good }) => !good)).toEqual([]);
  await issuer.breakDown();
  const unread = await rollout.waitFor(
    "it says so",
    (each) => conditionOf(each, "AlarmsHealthy")?.status === "Unknown" && edge.weights().b === 50,
  );
  expect(conditionOf(unread, "AlarmsHealthy")?.message).toMatch(/credential|expired/i);
  const since = Date.now();
  await eventually("the hold would be over", () => Date.now() - since > 12_000);
  expect(edge.raises("b").map(({ weights }) => weights.b)).toEqual([50]);
  const asked = issuer.asked();
  await issuer.issue(3_600_000);
  await rollout.waitForReady();
  expect(issuer.asked()).toBeGreaterThan(asked);
  expect(edge.raises("b").map(({ weights }) => weights.b)).toEqual([50, 100]);
  await operator.kill("SIGTERM");
  await tap.close();
});

test("credentials that AWS refuses before their time are asked for anew", async () => {
  const issuer = await startIssuer();
  const first = await issuer.issue(3_600_000);
  const { operator, tap, seen } = await startWithIssuer(issuer);
  const { rollout, edge } = await inHold("revoked");
  issuer.revoke(first);
  const second = await issuer.issue(3_600_000);
  await rollout.waitForReady();
  expect(edge.raises("b").map(({ weights }) => weights.b)).toEqual([50, 100]);
  expect(seen.at(-1)?.token).toBe(second);
  await operator.kill("SIGTERM");
  await tap.close();
});
