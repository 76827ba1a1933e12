import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createAwsScopes } from "../../src/aws/accounts.ts";
import { testBudgets, testCredentials } from "./alb-simulator-world.ts";
import { type Moto, prepareMoto, startMoto } from "./moto.ts";

const prepared = await prepareMoto();
const region = "us-east-1";

if ("missing" in prepared) {
  console.warn(`\n!!! Roles were NOT tried against moto: ${prepared.missing}\n`);
}

describe.skipIf("missing" in prepared)("roles on moto, which gives credentials to everybody", () => {
  let moto: Moto;
  beforeAll(async () => {
    if ("python" in prepared) moto = await startMoto(prepared.python);
  });
  afterAll(async () => {
    await moto.stop();
  });

  it("AssumeRole is understood, and its credentials sign the calls of the role's account", async () => {
    const roleArn = "arn:aws:iam::210987654321:role/models";
    const scopes = createAwsScopes({
      version: "contract",
      endpoint: moto.endpoint,
      credentials: testCredentials,
      budgets: testBudgets,
      region,
      roles: { cluster: "prod", entries: [{ namespaces: ["team-*"], roleArn }] },
    });
    try {
      const { aws, role } = scopes.of("team-a");
      expect(role).toMatchObject({ externalId: "prod/team-a", account: "210987654321" });
      const found = await aws.elb(region, "read").config.credentials();
      expect(found.sessionToken).toMatch(/\S{20,}/);
      expect(found.accessKeyId).toMatch(/^ASIA/);
      expect(scopes.of("team-a").aws).toBe(aws);
      expect(scopes.of("team-b").aws).not.toBe(aws);
      expect(scopes.of("other").role).toBeUndefined();
    } finally {
      scopes.destroy();
    }
  });
});
