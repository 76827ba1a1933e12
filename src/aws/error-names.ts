/**
 * Error names of the AWS services as the SDK reports them, by what they mean to a rollout. Sources: the SDK's own
 * throttling and transient lists (@smithy/core, retry), the services' error lists, and the common errors of Query
 * services. Names are kept without a trailing `Exception`: Query clients add it to some and not to others.
 */
export type ErrorClass =
  | "throttled"
  | "transient"
  | "denied"
  | "credentials"
  | "signature"
  | "notFound"
  | "gone"
  | "invalid";

const classes: Readonly<Record<ErrorClass, readonly string[]>> = {
  throttled: [
    "BandwidthLimitExceeded",
    "EC2Throttled",
    "LimitExceeded",
    "PriorRequestNotComplete",
    "ProvisionedThroughputExceeded",
    "RequestLimitExceeded",
    "RequestThrottled",
    "SlowDown",
    "Throttled",
    "Throttling",
    "TooManyRequests",
    "TransactionInProgress",
  ],
  transient: [
    "AbortError",
    "Conflict",
    "HealthUnavailable",
    "InternalError",
    "InternalFailure",
    "InternalServer",
    "InternalServerError",
    "InternalService",
    "InternalServiceFault",
    "RequestAbortedError",
    "RequestTimeout",
    "Service",
    "ServiceUnavailable",
    "TimeoutError",
  ],
  denied: [
    "AccessDenied",
    "AuthorizationError",
    "Forbidden",
    "KMSAccessDenied",
    "NotAuthorized",
    "OptInRequired",
    "UnauthorizedOperation",
  ],
  credentials: [
    "CredentialsProviderError",
    "ExpiredToken",
    "IncompleteSignature",
    "InvalidAccessKeyId",
    "InvalidClientTokenId",
    "InvalidIdentityToken",
    "MissingAuthenticationToken",
    "TokenProviderError",
    "TokenRefreshRequired",
    "UnrecognizedClient",
  ],
  signature: ["InvalidSignature", "RequestExpired", "RequestTimeTooSkewed", "SignatureDoesNotMatch"],
  notFound: [
    "ListenerNotFound",
    "LoadBalancerNotFound",
    "NotFound",
    "ResourceNotFound",
    "RuleNotFound",
    "TargetGroupNotFound",
  ],
  // No name says it: the status or the resolver does (src/aws/errors.ts).
  gone: [],
  invalid: [
    "BadRequest",
    "IncompatibleProtocols",
    "InvalidConfigurationRequest",
    "InvalidInput",
    "InvalidLoadBalancerAction",
    "InvalidParameterCombination",
    "InvalidParameterValue",
    "InvalidTarget",
    "MalformedQueryString",
    "OperationNotPermitted",
    "TargetGroupAssociationLimit",
    "TooManyActions",
    "TooManyUniqueTargetGroupsPerLoadBalancer",
    "Validation",
    "ValidationError",
  ],
};

const byName: ReadonlyMap<string, ErrorClass> = new Map(
  Object.entries(classes).flatMap(([kind, names]) =>
    names.map((name): [string, ErrorClass] => [name.toLowerCase(), kind as ErrorClass]),
  ),
);

/** What an error name (or wire code) means; undefined for one that no list holds. */
export function classOfName(name: string | undefined): ErrorClass | undefined {
  if (name === undefined) return undefined;
  const bare = name.replace(/^.*#/, "").replace(/Exception$/, "");
  return byName.get(bare.toLowerCase());
}

/** Node's codes of errors below HTTP: no address, no connection, a connection that broke, a certificate refused. */
const socketCodes = new Set([
  "EAI_AGAIN",
  "ECONNABORTED",
  "ECONNREFUSED",
  "ECONNRESET",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "ENOTFOUND",
  "EPIPE",
  "EPROTO",
  "ERR_SOCKET_CLOSED",
  "ETIMEDOUT",
]);

/** True for a `code` that says the service was not reached. */
export function isSocketCode(code: string | undefined): boolean {
  return (
    code !== undefined &&
    (socketCodes.has(code) || /^(CERT_|ERR_TLS_|ERR_SSL_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_)/.test(code))
  );
}
