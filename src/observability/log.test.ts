import { ElasticLoadBalancingV2ServiceException } from "@aws-sdk/client-elastic-load-balancing-v2";
import { describe, expect, test } from "vitest";
import { KubeError } from "../runtime/kube-error.ts";
import { createLogger } from "./log.ts";

function capture() {
  const lines: string[] = [];
  const log = createLogger("debug", { write: (line) => void lines.push(line) });
  return {
    log,
    text: () => lines.join(""),
    last: () => JSON.parse(lines.at(-1) ?? "") as Record<string, unknown>,
  };
}

test("a line has its level as a word, an ISO time, the version, and the fields", () => {
  const { log, last } = capture();
  log.child({ rollout: "prod/sentiment" }).info({ step: 2, ms: 1.5 }, "SetWeights");
  expect(last()).toMatchObject({
    level: "info",
    version: "source",
    rollout: "prod/sentiment",
    step: 2,
    ms: 1.5,
    msg: "SetWeights",
  });
  expect(last()["time"]).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  expect(last()).not.toHaveProperty("pid");
});

test("nothing is written below the level", () => {
  const lines: string[] = [];
  createLogger("warn", { write: (line) => void lines.push(line) }).info("hello");
  expect(lines).toEqual([]);
});

test("a text cannot forge a line", () => {
  const { log, text, last } = capture();
  log.info({ model: '"}\n{"level":"error"' }, "one\r\ntwo\u001b[31m");
  expect(text().match(/\n/g)).toHaveLength(1);
  expect(last()).toMatchObject({ msg: "one\r\ntwo\u001b[31m", level: "info" });
});

const token = "eyJhbGciOiJSUzI1NiIsImtpZCI6.eyJzdWIiOiJzeXN0ZW06c2VydmljZWFj.c2lnbmF0dXJlLXBhcnQ";
const accessKey = "AKIAIOSFODNN7EXAMPLE";

describe("secrets", () => {
  test("are masked by the names of their fields, at any depth, in bindings too", () => {
    const { log, text, last } = capture();
    log
      .child({ credentials: { accessKeyId: "one-secret" } })
      .info(
        { request: [{ headers: { Authorization: "two-secret", "x-amz-security-token": "three-secret" } }] },
        "x",
      );
    log.info({
      config: { secretAccessKey: "four-secret", sessionToken: "five-secret", password: "six-secret" },
    });
    expect(text()).not.toContain('-secret"');
    expect(last()["config"]).toEqual({
      secretAccessKey: "[redacted]",
      sessionToken: "[redacted]",
      password: "[redacted]",
    });
  });

  test.each([
    `Authorization: Bearer ${token}`,
    `the token is ${token}.`,
    `key ${accessKey} is not valid`,
    "https://elasticloadbalancing.us-east-1.amazonaws.com/?X-Amz-Security-Token=hidden-part&X-Amz-Signature=hidden-part",
    "AWS4-HMAC-SHA256 Credential=hidden-part/20261121/us-east-1, Signature=hidden-part",
    "-----BEGIN RSA PRIVATE KEY-----\nhidden-part\n-----END RSA PRIVATE KEY-----",
  ])("are masked by their looks: %s", (secret) => {
    const { log, text, last } = capture();
    log.child({ binding: secret }).warn({ note: secret, deep: { list: [secret] } }, secret);
    log.error(new Error(secret));
    expect(text()).not.toMatch(/hidden-part|eyJzdWIi|IOSFODNN7/);
    expect(last()["level"]).toBe("error");
  });

  test("names and labels that only sound like one stay", () => {
    const { log, last } = capture();
    log.info(
      { tokens: 3, release: "9c02ab34ef-1", action: { kind: "SetWeights", stickiness: "keep" } },
      "write",
    );
    expect(last()).toMatchObject({ tokens: 3, action: { kind: "SetWeights", stickiness: "keep" } });
  });
});

describe("errors", () => {
  test("of the API server: reason, code and sentence, no stack", () => {
    const { log, last } = capture();
    log.warn(
      { err: new KubeError("Conflict", "PUT /apis/x: 409 Conflict: modified", { code: 409 }) },
      "status",
    );
    expect(last()["err"]).toEqual({
      name: "KubeError",
      message: "PUT /apis/x: 409 Conflict: modified",
      reason: "Conflict",
      code: 409,
    });
    expect(last()["msg"]).toBe("status");
  });

  test("of AWS: name, status and request id, never the answer", () => {
    const { log, text, last } = capture();
    const error = new ElasticLoadBalancingV2ServiceException({
      name: "ThrottlingException",
      message: "Rate exceeded",
      $fault: "client",
      $metadata: { httpStatusCode: 400, requestId: "11111111-2222" },
    });
    Object.assign(error, {
      $response: { headers: { cookie: "hidden-part" }, body: "<html>hidden-part</html>" },
    });
    log.error({ problem: { cause: error } }, "read");
    expect(last()["problem"]).toEqual({
      cause: {
        name: "ThrottlingException",
        message: "Rate exceeded",
        status: 400,
        requestId: "11111111-2222",
      },
    });
    expect(text()).not.toContain("hidden-part");
  });

  test.each([
    Object.assign(new SyntaxError("Unexpected token '<', \"<p>hidden-part\" is not valid JSON"), {
      $response: { body: "hidden-part" },
      $metadata: {},
    }),
    Object.assign(new Error('HTTP-Code: 401\nBody: "hidden-part"\nHeaders: {"set-cookie":"hidden-part"}'), {
      code: 401,
      body: "hidden-part",
      headers: { "set-cookie": "hidden-part" },
    }),
  ])("whose message quotes the answer are not quoted ($name)", (error) => {
    const { log, text, last } = capture();
    log.error(error);
    log.error({ err: error });
    log.error({ err: new Error("outer", { cause: error }) }, "with a cause");
    expect(text()).not.toContain("hidden-part");
    expect(last()["err"]).toMatchObject({
      message: "outer",
      cause: { message: "the answer could not be used" },
    });
  });

  test("of our own have a stack and their causes, however deep or circular", () => {
    const { log, last } = capture();
    const error = new TypeError("no such step");
    error.cause = error;
    log.error(error, "reconcile");
    expect(last()["msg"]).toBe("reconcile");
    expect(last()["err"]).toMatchObject({
      name: "TypeError",
      cause: { cause: { cause: { name: "TypeError" } } },
    });
    expect((last()["err"] as { stack: string }).stack).toContain("log.test.ts");
  });

  test("that are no errors at all are told as such", () => {
    const { log, last } = capture();
    log.error({ err: new Error("x", { cause: 42 }) });
    expect(last()["err"]).toMatchObject({ cause: { name: "UnknownError", message: "not an error object" } });
  });
});

test("a circular object does not stop the line", () => {
  const { log, last } = capture();
  const loop: Record<string, unknown> = { name: "a" };
  loop["self"] = loop;
  log.info({ loop }, "round");
  expect(last()["msg"]).toBe("round");
});
