import { beforeEach, describe, expect, test } from "vitest";
import { VirtualClock } from "../../test/runtime/virtual-clock.ts";
import {
  createRoleCredentials,
  type RoleCredentials,
  RoleRefused,
  type RoleSession,
} from "./role-credentials.ts";

const role = {
  namespace: "team-a",
  roleArn: "arn:aws:iam::111111111111:role/a",
  account: "111111111111",
  externalId: "prod/team-a",
  sessionName: "modelrollout-team-a",
};
const refused = new RoleRefused({ kind: "denied", message: "no" });
const hour = 3_600_000;
const minute = 60_000;

describe("credentials of a role", () => {
  let clock: VirtualClock;
  let asked: number;
  let answer: (session: RoleSession) => Promise<RoleSession>;
  let credentials: RoleCredentials;

  beforeEach(() => {
    clock = new VirtualClock();
    asked = 0;
    answer = async (session) => session;
    credentials = createRoleCredentials(
      role,
      async () => {
        asked += 1;
        const keys = { accessKeyId: `key-${asked}`, secretAccessKey: "s", sessionToken: "t" };
        return await answer({ ...keys, expiresAt: clock.now() + hour });
      },
      clock,
    );
  });

  const key = async (): Promise<string> => (await credentials.get()).accessKeyId;

  test("are asked for once, however many want them", async () => {
    expect(await Promise.all([key(), key(), key()])).toEqual(["key-1", "key-1", "key-1"]);
    await clock.advance(44 * minute);
    expect(await key()).toBe("key-1");
    expect(asked).toBe(1);
  });

  test("are renewed in time, while the old ones go on", async () => {
    await key();
    await clock.advance(46 * minute);
    expect(await key()).toBe("key-1");
    await clock.advance(0);
    expect(await key()).toBe("key-2");
    expect(asked).toBe(2);
  });

  test("a renewal that fails is nobody's trouble before they are over; then every call is told", async () => {
    await key();
    answer = () => Promise.reject(refused);
    await clock.advance(46 * minute);
    for (const _second of Array.from({ length: 700 })) {
      expect(await key()).toBe("key-1");
      await clock.advance(1_000);
    }
    // 1, 2, 4, 8, 16 and then 30 seconds apart.
    expect(asked).toBeLessThan(40);
    await clock.advance(2 * minute);
    await expect(key()).rejects.toBe(refused);
    answer = async (session) => session;
    await clock.advance(30_000);
    expect(await key()).toMatch(/^key-/);
  });

  test("a refusal is not asked again by everybody", async () => {
    answer = () => Promise.reject(refused);
    await expect(key()).rejects.toBe(refused);
    await expect(key()).rejects.toBe(refused);
    expect(asked).toBe(1);
    await clock.advance(1_000);
    await expect(key()).rejects.toBe(refused);
    expect(asked).toBe(2);
    await clock.advance(1_000);
    await expect(key()).rejects.toBe(refused);
    expect(asked).toBe(2);
  });

  test("that AWS does not know any more are asked for anew", async () => {
    await key();
    credentials.distrust();
    expect(await key()).toBe("key-2");
  });

  test("an SDK client keeps them for no time of its own", async () => {
    expect((await credentials.get()).expiration.getTime()).toBe(clock.now());
  });
});
