import { expect, inject, test } from "vitest";
import { readAuditLog } from "../control-plane/audit.ts";
import { eventually } from "../control-plane/eventually.ts";
import { NotOursError } from "../control-plane/options.ts";
import type { OperatorProcess } from "../world/operator-process.ts";
import { elected, useWorld } from "./shared.ts";

const world = useWorld({ operator: false });

/** When the operator's log said so, in milliseconds since 1970. */
const toldAt = async (operator: OperatorProcess, said: string): Promise<number> => {
  const line = await operator.waitForLog(said, ({ msg }) => msg === said);
  return Date.parse(String(line["time"]));
};

test("SIGTERM hands over within 2 s, kill -9 within 8 s, and a frozen leader does not come back as one", async () => {
  const first = await world.restart(elected);
  const second = await world.startOperator(elected);
  const { rollout, edge } = await world.stableRollout("handed-over");
  expect(second.logs().some(({ msg }) => msg === "leading")).toBe(false);

  const ended = first.kill("SIGTERM");
  await second.waitReady();
  expect(await ended).toBe("exit code 0");
  expect((await toldAt(second, "leading")) - (await toldAt(first, "stopping"))).toBeLessThan(2_000);

  await rollout.apply({ version: "v2", steps: [{ weight: 50, hold: "60s" }] });
  await rollout.waitForState("Holding");
  const third = await world.startOperator(elected);
  await third.waitForLog("started", ({ msg }) => msg === "started");
  const since = performance.now();
  await second.kill("SIGKILL");
  await third.waitReady();
  expect(performance.now() - since).toBeLessThan(8_000);

  const fourth = await world.startOperator(elected);
  third.signal("SIGSTOP");
  await fourth.waitReady();
  await rollout.annotate("abort", rollout.latest?.status?.release ?? "");
  await rollout.waitForState("RolledBack");
  const writes = edge.writes.length;
  const { resourceVersion } = rollout.latest?.metadata ?? {};
  third.signal("SIGCONT");
  expect(await third.ended).toBe("exit code 1");
  expect(edge.writes.length).toBe(writes);
  expect(rollout.latest?.metadata.resourceVersion).toBe(resourceVersion);
  await fourth.kill("SIGTERM");
});

test("at rest the operator writes nothing, and asks no alarm", async () => {
  const { auditLogPath } = inject("controlPlane");
  if (auditLogPath === undefined) throw new NotOursError("the audit log");
  await world.restart(elected);
  for (const name of ["rest-one", "rest-two", "rest-three"]) {
    const { rollout, edge } = await world.stableRollout(name);
    edge.putManualAlarm(`${name}-5xx`);
    await rollout.apply({
      version: "v2",
      alarms: [`${name}-5xx`],
      steps: [{ weight: 100, hold: "0s" }],
      strategy: { retain: "0s", drain: "0s" },
    });
    await rollout.waitForReady();
    await rollout.waitFor("nothing is retained", ({ status }) => status?.retained === undefined);
  }
  const polls = async (count: number): Promise<void> => {
    const before = world.operatorCalls("DescribeRules").length;
    await eventually(
      `${count} drift polls`,
      () => world.operatorCalls("DescribeRules").length >= before + count,
    );
  };
  // Events are sent for a few seconds after what they tell of.
  await polls(2);
  const from = Date.now();
  const calls = world.operatorCalls().length;
  await polls(3);
  const requests = (await readAuditLog(auditLogPath)).filter(
    ({ userAgent, receivedAt, namespace }) =>
      userAgent.startsWith("modelrollout/") && receivedAt >= from && namespace === world.namespace,
  );
  const reads = ["get", "list", "watch"];
  expect(requests.filter(({ verb }) => !reads.includes(verb))).toEqual([]);
  expect(requests.filter(({ verb }) => verb === "list")).toEqual([]);
  const asked = new Set(
    world
      .operatorCalls()
      .slice(calls)
      .map(({ operation }) => operation),
  );
  expect([...asked]).toEqual(["DescribeRules"]);
});
