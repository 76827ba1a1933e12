import { expect, test } from "vitest";
import { plan } from "../../src/core/plan.ts";
import { standing } from "./standing.ts";

const gate = ({ explain }: ReturnType<typeof plan>, name: string) =>
  explain.find((result) => result.gate === name);

test("at the end of a hold each of two namesakes is judged by its own past", () => {
  const { rollout, observed } = standing([
    "edit steps 10:1m 50:1m 100:1m",
    "given holding v7 v8",
    "wait 50s",
  ]);
  const [here] = rollout.status?.alarms ?? [];
  const [read] = observed.alarms;
  const transitionedAt = "2026-01-05T08:00:00.000Z";
  const there = { ...here!, region: "eu-west-1", baseline: transitionedAt, since: transitionedAt };
  const analysis = { alarms: [{ name: "5xx" }, { name: "5xx", region: "eu-west-1" }] };
  const status = { ...rollout.status!, alarms: [here!, there] };
  const planned = plan(
    { ...rollout, spec: { ...rollout.spec, analysis }, status },
    { ...observed, alarms: [read!, { ...read!, region: "eu-west-1", transitionedAt }] },
  );
  expect(gate(planned, "alarmsPass")).toMatchObject({ passed: true, message: "2 of 2 alarms pass" });
});

test("whether the other slot is free is judged on a read that began after the release was seen", () => {
  const { rollout, observed } = standing(["given stable v7"]);
  const asked = (ago: number) => {
    const at = observed.now - ago;
    const health = { a: { ...observed.health!.a, at }, b: { ...observed.health!.b, at } };
    return plan(rollout, { ...observed, health, wanted: { ...observed.wanted, revision: "v8" } });
  };
  expect(gate(asked(0), "candidateFree")?.passed).toBe(true);
  expect(gate(asked(5_000), "candidateFree")).toMatchObject({
    passed: false,
    message: "reading the target group of slot b",
  });
});
