import { expect, test } from "vitest";
import { targetName } from "./router-gates.ts";

const elb = "arn:aws:elasticloadbalancing:us-east-1:123456789012";

test.each([
  [`${elb}:listener-rule/app/sentiment/a08f/9d3f/a881`, "rule a881 of sentiment"],
  [`${elb}:listener/app/sentiment/a08f/9d3f`, "listener 9d3f of sentiment"],
  ["mesh/ai/virtualRouter/sentiment/route/sentiment", "mesh/ai/virtualRouter/sentiment/route/sentiment"],
  ["rule-1", "rule-1"],
])("people read %s as %s", (id, name) => {
  expect(targetName({ kind: "ListenerRule", id })).toBe(name);
});
