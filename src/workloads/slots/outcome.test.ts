import { describe, expect, test } from "vitest";
import { KubeError } from "../../runtime/kube-error.ts";
import { isContained } from "./contained.ts";
import { attempt, problemOf } from "./outcome.ts";
import { readableRefusal } from "./proof.ts";

describe("a failure of the API server as a problem", () => {
  test.each([
    ["AlreadyExists", "exists", "conflict"],
    ["Conflict", "modified", "conflict"],
    ["Forbidden", 'User "x" cannot create resource "deployments" in API group "apps"', "denied"],
    ["Forbidden", "exceeded quota: pods", "refused"],
    ["Forbidden", "unable to create new content in namespace x because it is being terminated", "refused"],
    ["BadRequest", 'admission webhook "x" denied the request: no', "refused"],
    ["Unauthorized", "Unauthorized", "denied"],
    ["Credentials", "no token", "denied"],
    ["NotFound", "not found", "refused"],
    ["Invalid", "Required value", "invalid"],
    ["BadRequest", "strict decoding error", "invalid"],
    ["TooManyRequests", "slow down", "unreachable"],
    ["InternalError", "failed calling webhook", "unreachable"],
    ["Timeout", "no answer in time", "unreachable"],
    ["Unreachable", "ECONNREFUSED", "unreachable"],
    ["Aborted", "aborted", "unreachable"],
  ])("%s (%s) is %s", (reason, message, kind) => {
    expect(problemOf(new KubeError(reason, message))).toEqual({ kind, message });
  });

  test("a mistake in the program is none", async () => {
    await expect(attempt(() => Promise.reject(new TypeError("x is undefined")))).rejects.toThrow(
      "x is undefined",
    );
  });
});

describe("a refusal for people", () => {
  const prefix = "POST /apis/apps/v1/namespaces/prod/deployments: 400 BadRequest: ";

  test("names the unknown fields", () => {
    const sentence =
      'Deployment in version "v1" cannot be handled as a Deployment: strict decoding error: unknown field "spec.template.spec.containers[0].imge", duplicate field "spec.replicas"';
    expect(readableRefusal(new KubeError("BadRequest", prefix + sentence))).toBe(
      "spec.template.spec.containers[0].imge: unknown field; spec.replicas: duplicate field",
    );
  });

  test("names the invalid fields", () => {
    const details = {
      causes: [
        { field: "spec.template.spec.containers[0].image", message: "Required value" },
        { field: "spec.template.spec.containers[0].image", message: "Required value" },
      ],
    };
    const error = new KubeError("Invalid", "POST /x: 422 Invalid: long", { details });
    expect(readableRefusal(error)).toBe("spec.template.spec.containers[0].image: Required value");
  });

  test("is the server's sentence otherwise", () => {
    const error = new KubeError("Forbidden", "POST /x: 403 Forbidden: exceeded quota: gpu");
    expect(readableRefusal(error)).toBe("exceeded quota: gpu");
  });
});

describe("contained", () => {
  test.each<[string, unknown, unknown, boolean]>([
    ["more fields", { a: 1 }, { a: 1, b: 2 }, true],
    ["a missing field", { a: 1 }, { b: 2 }, false],
    ["another value", { a: { b: 1 } }, { a: { b: 2 } }, false],
    ["nulls", { a: null, b: undefined }, {}, true],
    ["longer lists", { a: [1] }, { a: [1, 2] }, false],
    ["defaults in list items", [{ port: 1 }], [{ port: 1, protocol: "TCP" }], true],
    ["a list for an object", { a: {} }, { a: [] }, false],
    ["nothing for an object", { a: {} }, {}, false],
  ])("%s", (_, wanted, found, answer) => {
    expect(isContained(wanted, found)).toBe(answer);
  });
});
