import { CloudWatchClient, DescribeAlarmsCommand } from "@aws-sdk/client-cloudwatch";
import { AssumeRoleCommand, type AssumeRoleCommandInput, STSClient } from "@aws-sdk/client-sts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Simulator, startSimulator } from "../simulator.ts";

const arn = "arn:aws:iam::210987654321:role/path/models";
let simulator: Simulator;
let sts: STSClient;

beforeAll(async () => {
  simulator = await startSimulator();
  const { endpoint, region, account } = simulator;
  const credentials = { accessKeyId: account, secretAccessKey: "simulated" };
  sts = new STSClient({ endpoint, region, credentials });
  simulator.roles.put({ arn, trusts: [account], externalIds: ["prod/team-a"] });
});
afterAll(async () => {
  sts.destroy();
  await simulator.stop();
});

const assume = (input: Partial<AssumeRoleCommandInput> = {}) =>
  sts.send(
    new AssumeRoleCommand({ RoleArn: arn, RoleSessionName: "test", ExternalId: "prod/team-a", ...input }),
  );

describe("STS", () => {
  test("gives credentials of the role's account, which end", async () => {
    const { Credentials, AssumedRoleUser } = await assume({ DurationSeconds: 900 });
    expect(AssumedRoleUser?.Arn).toBe("arn:aws:sts::210987654321:assumed-role/models/test");
    expect(Credentials?.Expiration?.getTime()).toBeGreaterThan(Date.now() + 890_000);
    const keys = {
      accessKeyId: Credentials?.AccessKeyId ?? "",
      secretAccessKey: Credentials?.SecretAccessKey ?? "",
      sessionToken: Credentials?.SessionToken ?? "",
    };
    const { endpoint, region } = simulator;
    const read = async (credentials: typeof keys) => {
      const client = new CloudWatchClient({ endpoint, region, credentials });
      try {
        return await client.send(new DescribeAlarmsCommand({ AlarmNames: ["none"] }));
      } finally {
        client.destroy();
      }
    };
    await read(keys);
    expect(simulator.callsOf("DescribeAlarms").at(-1)?.account).toBe("210987654321");
    await expect(read({ ...keys, sessionToken: "another" })).rejects.toMatchObject({
      name: "InvalidClientTokenId",
    });
    simulator.roles.revokeSessions();
    await expect(read(keys)).rejects.toMatchObject({ name: "ExpiredToken" });
  });

  test.each<readonly [string, Partial<AssumeRoleCommandInput>]>([
    ["another external id", { ExternalId: "prod/team-b" }],
    ["no external id", { ExternalId: undefined }],
    ["a role that does not exist", { RoleArn: "arn:aws:iam::210987654321:role/none" }],
  ])("denies %s, in the same words", async (_what, input) => {
    await expect(assume(input)).rejects.toMatchObject({
      name: "AccessDenied",
      message: expect.stringContaining(
        "is not authorized to perform: sts:AssumeRole on resource: ",
      ) as string,
    });
  });

  test.each<readonly [string, Partial<AssumeRoleCommandInput>]>([
    ["a session's name with a slash", { RoleSessionName: "a/b" }],
    ["more than an hour", { DurationSeconds: 3601 }],
    ["an external id with a blank", { ExternalId: "a b" }],
  ])("refuses %s", async (_what, input) => {
    await expect(assume(input)).rejects.toMatchObject({ name: "ValidationError" });
  });
});
