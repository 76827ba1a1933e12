import type { Fields, ServiceError, ServiceName } from "../operation.ts";
import { decodeJson, encodeJson } from "./json-codec.ts";
import { decodeQuery, encodeQueryAnswer, encodeQueryError } from "./query-xml.ts";
import { matchRestCall } from "./rest-json.ts";

/** A request as it came in. Header names in lower case. */
export interface WireRequest {
  readonly method: string;
  /** Path and query. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

/** An answer as it goes out. */
export interface WireAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** A decoded request. */
export interface WireCall {
  readonly service: ServiceName;
  readonly operation: string;
  readonly account: string;
  readonly region: string;
  readonly userAgent: string;
  readonly input: Fields;
  /** The access key, and the session token that came with it. */
  readonly accessKey: string;
  readonly token: string;
}

const SERVICES: readonly string[] = ["elasticloadbalancing", "monitoring", "appmesh", "sts"];
const SCOPE = /Credential=([^/]+)\/\d{8}\/([^/]+)\/([^/]+)\/aws4_request/;

const header = (request: WireRequest, name: string): string => [request.headers[name] ?? ""].flat().join(",");

const operationOf = (service: ServiceName, request: WireRequest): { operation: string; input: Fields } => {
  switch (service) {
    case "elasticloadbalancing":
    case "sts":
      return decodeQuery(request.body);
    case "monitoring":
      return {
        operation: header(request, "x-amz-target").split(".")[1] ?? "",
        input: decodeJson(request.body),
      };
    default:
      return matchRestCall(request);
  }
};

/**
 * Reads a request. Service, region and access key come from the signature's scope; whose account it is, `accountOf` says.
 * The signature itself is not checked. Undefined for a request that is not signed for one of the services. Throws SyntaxError or ServiceError for a malformed body.
 */
export const decodeRequest = (
  request: WireRequest,
  accountOf: (accessKey: string) => string,
): WireCall | undefined => {
  const [, key = "", region = "", service = ""] = SCOPE.exec(header(request, "authorization")) ?? [];
  if (!SERVICES.includes(service)) return undefined;
  const known = service as ServiceName;
  return {
    service: known,
    account: accountOf(key),
    accessKey: key,
    token: header(request, "x-amz-security-token"),
    region,
    userAgent: header(request, "user-agent"),
    ...operationOf(known, request),
  };
};

const XML = "text/xml";
const JSON_1_0 = "application/x-amz-json-1.0";

/** A successful answer in the service's protocol. */
export const encodeAnswer = (
  service: ServiceName,
  operation: string,
  output: Fields,
  requestId: string,
): WireAnswer => {
  const headers = { "x-amzn-requestid": requestId };
  if (service === "elasticloadbalancing" || service === "sts") {
    const body = encodeQueryAnswer(operation, output, requestId, service);
    return { status: 200, headers: { ...headers, "content-type": XML }, body };
  }
  const type = service === "monitoring" ? JSON_1_0 : "application/json";
  return { status: 200, headers: { ...headers, "content-type": type }, body: encodeJson(output) };
};

/** CloudWatch speaks JSON but keeps the codes of its Query days in a header; modelled errors have another shape name. */
const SHAPES: Readonly<Record<string, string>> = {
  ValidationError: "com.amazonaws.cloudwatch#ValidationException",
  InvalidFormat: "com.amazonaws.cloudwatch#InvalidFormatFault",
  InternalServiceError: "com.amazonaws.cloudwatch#InternalServiceFault",
  Throttling: "com.amazon.coral.availability#ThrottlingException",
  AccessDenied: "com.amazon.coral.service#AccessDeniedException",
  ExpiredToken: "com.amazon.coral.service#ExpiredTokenException",
  ServiceUnavailable: "com.amazon.coral.availability#ServiceUnavailableException",
};

/** An error in the service's protocol. */
export const encodeError = (service: ServiceName, error: ServiceError, requestId: string): WireAnswer => {
  const headers = { "x-amzn-requestid": requestId };
  const { status, code, message } = error;
  switch (service) {
    case "elasticloadbalancing":
    case "sts":
      return {
        status,
        headers: { ...headers, "content-type": XML },
        body: encodeQueryError(error, requestId, service),
      };
    case "monitoring": {
      const type = SHAPES[code] ?? `com.amazonaws.cloudwatch#${code}`;
      const side = status < 500 ? "Sender" : "Receiver";
      return {
        status,
        headers: { ...headers, "content-type": JSON_1_0, "x-amzn-query-error": `${code};${side}` },
        body: encodeJson({ __type: type, message }),
      };
    }
    default:
      return {
        status,
        headers: { ...headers, "content-type": "application/json", "x-amzn-errortype": code },
        body: encodeJson({ message }),
      };
  }
};
