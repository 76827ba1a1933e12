import { describe, expect, it } from "vitest";
import { type AwsCall, classify } from "./errors.ts";

const call: AwsCall = { service: "elasticloadbalancing", operation: "DescribeRules", region: "us-east-1" };

const sdkError = (fields: object): Error => Object.assign(new Error("said"), fields);

const answered = (httpStatusCode: number): object => ({ $metadata: { httpStatusCode } });

describe("classify", () => {
  it.each([
    ["a Query throttle", { name: "Throttling", ...answered(400) }, "throttled", true],
    ["a throttle by its other name", { name: "ThrottlingException", ...answered(400) }, "throttled", true],
    [
      "a throttle by its wire code",
      { name: "Odd", Code: "RequestLimitExceeded", ...answered(400) },
      "throttled",
      true,
    ],
    ["a throttle by status", { name: "Odd", ...answered(429) }, "throttled", true],
    [
      "a throttle by trait",
      { name: "Odd", $retryable: { throttling: true }, ...answered(400) },
      "throttled",
      true,
    ],
    ["a failure of the service", { name: "Odd", ...answered(500) }, "unreachable", true],
    ["ServiceUnavailable", { name: "ServiceUnavailableException", ...answered(503) }, "unreachable", true],
    ["a proxy's page", { name: "SyntaxError", ...answered(502) }, "unreachable", true],
    ["an emulator's gap", { name: "SyntaxError", ...answered(404) }, "unreachable", true],
    ["a page with status 403", { name: "SyntaxError", ...answered(403) }, "denied", false],
    ["a timeout", { name: "TimeoutError" }, "unreachable", true],
    ["an abort", { name: "AbortError" }, "unreachable", true],
    ["no such host", { name: "Error", code: "ENOTFOUND" }, "unreachable", true],
    ["a refused certificate", { name: "Error", code: "CERT_HAS_EXPIRED" }, "unreachable", true],
    ["a cause below", { name: "Error", cause: { code: "ECONNREFUSED" } }, "unreachable", true],
    ["AccessDenied", { name: "AccessDenied", ...answered(403) }, "denied", false],
    ["an unknown 403", { name: "Odd", ...answered(403) }, "denied", false],
    ["no credentials", { name: "CredentialsProviderError" }, "denied", false],
    ["an expired token", { name: "ExpiredTokenException", ...answered(403) }, "denied", false],
    ["a wrong signature", { name: "SignatureDoesNotMatch", ...answered(403) }, "denied", false],
    [
      "a missing rule",
      { name: "RuleNotFoundException", Code: "RuleNotFound", ...answered(400) },
      "notFound",
      false,
    ],
    ["a missing group", { name: "TargetGroupNotFoundException", ...answered(400) }, "notFound", false],
    ["a bad parameter", { name: "ValidationError", ...answered(400) }, "invalid", false],
    ["a namespaced code", { name: "com.amazon#ValidationException", ...answered(400) }, "invalid", false],
    ["an unknown refusal", { name: "Odd", ...answered(400) }, "invalid", false],
    ["something else altogether", { name: "Odd" }, "unreachable", true],
  ] as const)("%s", (_, fields, kind, retryable) => {
    const found = classify(sdkError(fields), call);
    expect(found.problem.kind).toBe(kind);
    expect(found.retryable).toBe(retryable);
    expect(found.problem.message).toMatch(/^DescribeRules in us-east-1: .{3,}$/);
  });

  it.each([
    ["a route that is not there", { name: "NotFoundException", ...answered(404) }, "notFound"],
    ["a denial", { name: "ForbiddenException", ...answered(403) }, "denied"],
    ["a denial without a name", { name: "Odd", ...answered(403) }, "denied"],
    ["a page with status 404", { name: "SyntaxError", ...answered(404) }, "notFound"],
    ["a page with status 410", { name: "SyntaxError", ...answered(410) }, "notFound"],
    ["a status 410", { name: "Odd", ...answered(410) }, "notFound"],
    ["an address that does not exist", { name: "Error", code: "ENOTFOUND" }, "notFound"],
  ] as const)("of a service that has ended, %s is final and says so", (_, fields, kind) => {
    const of = (service: AwsCall["service"]) => classify(sdkError(fields), { ...call, service });
    const found = of("appmesh");
    expect(found.problem.kind).toBe(kind);
    expect(found.retryable).toBe(false);
    expect(found.problem.message).toMatch(
      /^DescribeRules in us-east-1: .+; AWS ended App Mesh on 2026-09-30$/,
    );
    expect(of("elasticloadbalancing").problem.message).not.toContain("ended");
  });

  it.each([
    ["no name server", { name: "Error", code: "EAI_AGAIN" }, "unreachable", true],
    ["a throttle", { name: "TooManyRequestsException", ...answered(429) }, "throttled", true],
    ["a failure", { name: "Odd", ...answered(503) }, "unreachable", true],
    ["a write at the same time", { name: "ConflictException", ...answered(409) }, "unreachable", true],
    ["an expired token", { name: "ExpiredTokenException", ...answered(403) }, "denied", false],
    ["a bad spec", { name: "BadRequestException", ...answered(400) }, "invalid", false],
  ] as const)("of a service that has ended, %s is like anywhere else", (_, fields, kind, retryable) => {
    const found = classify(sdkError(fields), { ...call, service: "appmesh" });
    expect(found.problem.kind).toBe(kind);
    expect(found.retryable).toBe(retryable);
    expect(found.problem.message).not.toContain("ended");
  });

  it("takes anything that is thrown", () => {
    for (const thrown of [undefined, null, 7, "text", {}]) {
      expect(classify(thrown, call).problem.kind).toBe("unreachable");
    }
  });

  it("names the IAM action when denied", () => {
    const { problem } = classify(sdkError({ name: "AccessDeniedException", ...answered(403) }), call);
    expect(problem.message).toBe(
      "DescribeRules in us-east-1: denied (AccessDeniedException): allow the operator's role elasticloadbalancing:DescribeRules",
    );
  });

  it("says nothing of what a signature error quotes", () => {
    const message = "The Canonical String should have been 'x-amz-security-token:SECRET'";
    const { problem } = classify(
      sdkError({ name: "SignatureDoesNotMatch", message, ...answered(403) }),
      call,
    );
    expect(problem.message).not.toContain("SECRET");
  });

  it("makes one short line of what was said and hides key ids", () => {
    const message = `bad\n  thing AKIAIOSFODNN7EXAMPLE ${"x".repeat(500)}`;
    const { problem } = classify(sdkError({ name: "ValidationError", message, ...answered(400) }), call);
    expect(problem.message).toContain("ValidationError: bad thing AKIA… xxx");
    expect(problem.message.length).toBeLessThan(300);
  });
});
