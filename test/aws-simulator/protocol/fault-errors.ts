import { ServiceError, type ServiceName } from "../operation.ts";

/** The faults that are answered with an error of the service's own. */
export type RefusalKind = "throttle" | "error500" | "error503" | "denied" | "expiredToken";

type Row = readonly [code: string, status: number];

/**
 * Code and status per protocol. Query: bare codes. CloudWatch: the Query code that its JSON answer carries in a header.
 * App Mesh: exception names.
 */
const CODES: Readonly<Record<ServiceName, Readonly<Record<RefusalKind, Row>>>> = {
  elasticloadbalancing: {
    throttle: ["Throttling", 400],
    error500: ["InternalFailure", 500],
    error503: ["ServiceUnavailable", 503],
    denied: ["AccessDenied", 403],
    expiredToken: ["ExpiredToken", 403],
  },
  sts: {
    throttle: ["Throttling", 400],
    error500: ["InternalFailure", 500],
    error503: ["ServiceUnavailable", 503],
    denied: ["AccessDenied", 403],
    expiredToken: ["ExpiredToken", 403],
  },
  monitoring: {
    throttle: ["Throttling", 400],
    error500: ["InternalServiceError", 500],
    error503: ["ServiceUnavailable", 503],
    denied: ["AccessDenied", 403],
    expiredToken: ["ExpiredToken", 403],
  },
  appmesh: {
    throttle: ["TooManyRequestsException", 429],
    error500: ["InternalServerErrorException", 500],
    error503: ["ServiceUnavailableException", 503],
    denied: ["AccessDeniedException", 403],
    expiredToken: ["ExpiredTokenException", 403],
  },
};

const MESSAGES: Readonly<Record<RefusalKind, (action: string, account: string) => string>> = {
  throttle: () => "Rate exceeded",
  error500: () => "The request processing has failed because of an unknown error, exception or failure.",
  error503: () => "The service is unavailable. Please try again shortly.",
  denied: (action, account) =>
    `User: arn:aws:sts::${account}:assumed-role/modelrollout/session is not authorized to perform: ${action} ` +
    "because no identity-based policy allows the action",
  expiredToken: () => "The security token included in the request is expired",
};

const PREFIX: Readonly<Record<ServiceName, string>> = {
  elasticloadbalancing: "elasticloadbalancing",
  monitoring: "cloudwatch",
  appmesh: "appmesh",
  sts: "sts",
};

/** The error a fault answers a call with. */
export const refusalOf = (
  kind: RefusalKind,
  service: ServiceName,
  operation: string,
  account: string,
): ServiceError => {
  const [code, status] = CODES[service][kind];
  return new ServiceError(code, MESSAGES[kind](`${PREFIX[service]}:${operation}`, account), status);
};
