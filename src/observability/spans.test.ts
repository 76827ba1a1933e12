import { expect, test } from "vitest";
import { inSpan, kindOf } from "./spans.ts";

test.each([
  ["/apis/modelrollout.dev/v1alpha1/namespaces/prod/modelrollouts/sentiment/status", "modelrollouts/status"],
  ["/apis/apps/v1/namespaces/prod/deployments/sentiment-a", "deployments"],
  ["/apis/apps/v1/deployments", "deployments"],
  ["/api/v1/namespaces/prod/services/sentiment-a", "services"],
  ["/api/v1/namespaces/prod", "namespaces"],
  ["/version", "/version"],
])("requests are named by their kind, not by the object: %s", (path, name) => {
  expect(kindOf(path)).toBe(name);
});

test("without an SDK the work is done all the same, and its failure is its own", async () => {
  expect(await inSpan("any", {}, async () => 7)).toBe(7);
  const failure = new Error("broken");
  await expect(inSpan("any", {}, async () => Promise.reject(failure))).rejects.toBe(failure);
});
