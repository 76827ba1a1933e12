import type { Action } from "@aws-sdk/client-elastic-load-balancing-v2";
import { ServiceError } from "../operation.ts";

/**
 * An authenticate-oidc action needs a ClientSecret or UseExistingClientSecret, not both; the secret is stored but
 * never shown. Source: API reference, AuthenticateOidcActionConfig.
 */
export const checkOidc = (action: Action, previous: readonly Action[]): Action => {
  const config = action.AuthenticateOidcConfig;
  if (!config) throw new ServiceError("ValidationError", "An authenticate-oidc action must have a config");
  const { UseExistingClientSecret: reuse, ...rest } = config;
  if (reuse === true) {
    if (rest.ClientSecret !== undefined)
      throw invalid("You cannot specify both a client secret and UseExistingClientSecret");
    const kept = previous.find((each) => each.AuthenticateOidcConfig?.ClientId === rest.ClientId);
    const secret = kept?.AuthenticateOidcConfig?.ClientSecret;
    if (secret === undefined) throw invalid("There is no existing client secret to use for this client ID");
    return { ...action, AuthenticateOidcConfig: { ...rest, ClientSecret: secret } };
  }
  if (rest.ClientSecret === undefined)
    throw invalid("You must specify a client secret or UseExistingClientSecret");
  return { ...action, AuthenticateOidcConfig: rest };
};

const invalid = (message: string): ServiceError => new ServiceError("InvalidLoadBalancerAction", message);

/** The action as an answer shows it. */
export const withoutSecret = (action: Action): Action => {
  if (!action.AuthenticateOidcConfig) return action;
  const { ClientSecret: _hidden, ...shown } = action.AuthenticateOidcConfig;
  return { ...action, AuthenticateOidcConfig: shown };
};
