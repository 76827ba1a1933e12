import { type ApiClient, ApiError } from "./api-client.ts";

/** A service account by name. */
export type ServiceAccount = { readonly namespace: string; readonly name: string };

/** Reads `system:serviceaccount:NAMESPACE:NAME`; undefined for any other user. */
export function parseServiceAccount(user: string): ServiceAccount | undefined {
  const match = /^system:serviceaccount:([^:]+):([^:]+)$/.exec(user);
  const [, namespace, name] = match ?? [];
  return namespace === undefined || name === undefined ? undefined : { namespace, name };
}

/** A token for a service account, valid for a day; account and namespace are created if they are not there. */
export async function serviceAccountToken(client: ApiClient, account: ServiceAccount): Promise<string> {
  const { namespace, name } = account;
  await createIfAbsent(client, "/api/v1/namespaces", { metadata: { name: namespace } });
  const path = `/api/v1/namespaces/${namespace}/serviceaccounts`;
  await createIfAbsent(client, path, { metadata: { name } });
  const request = { spec: { expirationSeconds: 86_400 } };
  const { status } = await client.create<{ status: { token: string } }>(`${path}/${name}/token`, request);
  return status.token;
}

/** Creates an object; one of that name that is there already is as good. */
export async function createIfAbsent(client: ApiClient, path: string, object: object): Promise<void> {
  try {
    await client.create(path, object);
  } catch (error) {
    if (!(error instanceof ApiError) || error.reason !== "AlreadyExists") throw error;
  }
}
