import type { Action } from "@aws-sdk/client-elastic-load-balancing-v2";
import { assert, integer, option, property, record } from "fast-check";
import { describe, expect, it } from "vitest";
import { fulfils, type TargetWish } from "../target-driver.ts";
import { readActions, writeActions } from "./translate.ts";

const prefix = "arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup";
const groups = { a: `${prefix}/shop-a/1`, b: `${prefix}/shop-b/2` };
const third = `${prefix}/legacy/3`;

const forward = (weights: Readonly<Record<string, number>>, more: Partial<Action> = {}): Action => ({
  Type: "forward",
  Order: 1,
  ...more,
  ForwardConfig: {
    TargetGroups: Object.entries(weights).map(([TargetGroupArn, Weight]) => ({ TargetGroupArn, Weight })),
    TargetGroupStickinessConfig: { Enabled: false },
    ...more.ForwardConfig,
  },
});

const wish = (b: number, stickiness: TargetWish["stickiness"] = "keep"): TargetWish => ({
  weights: { a: 100 - b, b },
  stickiness,
});

describe("readActions", () => {
  it("a single group comes as TargetGroupArn, as ForwardConfig or as both, with or without a weight", () => {
    const spellings: readonly Action[] = [
      { Type: "forward", TargetGroupArn: groups.a },
      { Type: "forward", ForwardConfig: { TargetGroups: [{ TargetGroupArn: groups.a }] } },
      forward({ [groups.a]: 1 }, { TargetGroupArn: groups.a }),
    ];
    for (const action of spellings) {
      expect(readActions([action], groups)).toMatchObject({
        shares: { a: 100, b: 0 },
        refusal: { reason: "GroupMissing" },
      });
    }
  });

  it("names both groups when neither is there", () => {
    const read = readActions([{ Type: "forward", TargetGroupArn: third }], groups);
    expect(read.shares).toBeUndefined();
    expect(read.refusal?.message).toContain("targetgroup/shop-a/1 and targetgroup/shop-b/2");
  });

  it("finds the forward behind a login", () => {
    const read = readActions(
      [{ Type: "authenticate-cognito", Order: 1 }, forward({ [groups.a]: 3, [groups.b]: 1 })],
      groups,
    );
    expect(read).toMatchObject({ raw: { a: 3, b: 1 }, shares: { a: 75, b: 25 } });
    expect(read.refusal).toBeUndefined();
  });

  it("refuses what is no forward, and no actions at all", () => {
    expect(readActions([{ Type: "redirect" }], groups).refusal).toMatchObject({ reason: "NotAForward" });
    expect(readActions([], groups).refusal).toMatchObject({ reason: "NotAForward" });
  });
});

describe("writeActions", () => {
  it("drops the TargetGroupArn that several groups must not have, and keeps other actions as they are", () => {
    const cognito: Action = { Type: "authenticate-cognito", Order: 1 };
    const before = forward({ [groups.a]: 100, [groups.b]: 0 }, { Order: 2, TargetGroupArn: groups.a });
    const written = writeActions([cognito, before], groups, wish(10));
    expect(written?.[0]).toEqual(cognito);
    expect(written?.[1]).toEqual(forward({ [groups.a]: 90, [groups.b]: 10 }, { Order: 2 }));
  });

  it("asks for the existing client secret and never sends one", () => {
    const AuthenticateOidcConfig = {
      Issuer: "i",
      AuthorizationEndpoint: "a",
      TokenEndpoint: "t",
      UserInfoEndpoint: "u",
      ClientId: "c",
      ClientSecret: "s",
    };
    const login: Action = { Type: "authenticate-oidc", AuthenticateOidcConfig };
    const written = writeActions([login, forward({ [groups.a]: 1, [groups.b]: 0 })], groups, wish(10));
    expect(written?.[0]?.AuthenticateOidcConfig).toMatchObject({
      ClientId: "c",
      UseExistingClientSecret: true,
    });
    expect(written?.[0]?.AuthenticateOidcConfig).not.toHaveProperty("ClientSecret");
  });

  it("stickiness: kept as it was, off, or on for so long", () => {
    const TargetGroupStickinessConfig = { Enabled: true, DurationSeconds: 60 };
    const sticky = forward(
      { [groups.a]: 1, [groups.b]: 0 },
      { ForwardConfig: { TargetGroupStickinessConfig } },
    );
    const after = (stickiness: TargetWish["stickiness"]): unknown =>
      writeActions([sticky], groups, wish(10, stickiness))?.[0]?.ForwardConfig?.TargetGroupStickinessConfig;
    expect(after("keep")).toEqual({ Enabled: true, DurationSeconds: 60 });
    expect(after("off")).toEqual({ Enabled: false });
    expect(after(300)).toEqual({ Enabled: true, DurationSeconds: 300 });
  });

  it("adds no group and writes no other action", () => {
    expect(writeActions([forward({ [groups.a]: 1 })], groups, wish(10))).toBeUndefined();
    expect(writeActions([forward({ [groups.b]: 1 })], groups, wish(10))).toBeUndefined();
    expect(writeActions([{ Type: "redirect" }], groups, wish(10))).toBeUndefined();
  });

  it("whatever stood there: the two weights are as wished, all else is as it was, and writing is absolute", () => {
    const weight = integer({ min: 0, max: 999 });
    const scene = record({
      a: weight,
      b: weight,
      third: option(weight),
      to: integer({ min: 0, max: 100 }),
    });
    assert(
      property(scene, ({ a, b, third: c, to }) => {
        const actions = [forward({ [groups.a]: a, ...(c === null ? {} : { [third]: c }), [groups.b]: b })];
        const once = writeActions(actions, groups, wish(to)) ?? [];
        expect(fulfils(readActions(once, groups), wish(to))).toBe(true);
        expect(writeActions(once, groups, wish(to))).toEqual(once);
        const back = writeActions(once, groups, { weights: { a, b }, stickiness: "keep" });
        expect(back).toEqual(actions);
      }),
    );
  });
});

describe("fulfils", () => {
  it("compares shares, not numbers", () => {
    expect(fulfils(readActions([forward({ [groups.a]: 9, [groups.b]: 1 })], groups), wish(10))).toBe(true);
    expect(fulfils(readActions([forward({ [groups.a]: 8, [groups.b]: 1 })], groups), wish(10))).toBe(false);
    expect(fulfils(readActions([forward({ [groups.a]: 0, [groups.b]: 0 })], groups), wish(0))).toBe(false);
    expect(fulfils(readActions([forward({ [groups.a]: 181, [groups.b]: 19 })], groups), wish(10))).toBe(
      false,
    );
  });
});
