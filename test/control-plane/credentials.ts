import { generateKeyPairSync, randomBytes } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { stringify } from "yaml";

/** Somebody who may call the API server, with a static token. */
export type User = {
  readonly name: string;
  readonly groups: readonly string[];
};

/** The user that every control plane has. */
export const admin: User = { name: "admin", groups: ["system:masters"] };

/** Files with which the API server knows its callers, and the tokens of those callers by user name. */
export type Credentials = {
  readonly tokenFile: string;
  readonly serviceAccountKey: string;
  readonly serviceAccountPublicKey: string;
  readonly tokens: Readonly<Record<string, string>>;
};

/** Writes a token for each user and the key pair that signs the tokens of service accounts. */
export async function writeCredentials(folder: string, users: readonly User[]): Promise<Credentials> {
  const tokens = Object.fromEntries(users.map((user) => [user.name, randomBytes(24).toString("hex")]));
  const rows = users.map(
    (user) => `${tokens[user.name]},${user.name},${user.name},"${user.groups.join(",")}"`,
  );
  const keys = generateKeyPairSync("ec", {
    namedCurve: "P-256",
    publicKeyEncoding: { type: "spki", format: "pem" },
    privateKeyEncoding: { type: "sec1", format: "pem" },
  });
  const tokenFile = join(folder, "tokens.csv");
  const serviceAccountKey = join(folder, "service-accounts.key");
  const serviceAccountPublicKey = join(folder, "service-accounts.pub");
  const mode = 0o600;
  await writeFile(tokenFile, `${rows.join("\n")}\n`, { mode });
  await writeFile(serviceAccountKey, keys.privateKey, { mode });
  await writeFile(serviceAccountPublicKey, keys.publicKey, { mode });
  return { tokenFile, serviceAccountKey, serviceAccountPublicKey, tokens };
}

/** Where an API server is and how to trust it. */
export type Endpoint = { readonly url: string; readonly certificateAuthority: string };

/** Writes a kubeconfig for one user. @returns its path */
export async function writeKubeconfig(
  folder: string,
  endpoint: Endpoint,
  user: string,
  token: string,
): Promise<string> {
  const file = join(folder, `${user.replace(/[^\w.-]+/g, "-")}.kubeconfig`);
  const cluster = {
    server: endpoint.url,
    "certificate-authority-data": Buffer.from(endpoint.certificateAuthority).toString("base64"),
  };
  const content = {
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name: "modelrollout", cluster }],
    users: [{ name: user, user: { token } }],
    contexts: [{ name: "modelrollout", context: { cluster: "modelrollout", user, namespace: "default" } }],
    "current-context": "modelrollout",
  };
  await writeFile(file, stringify(content, { lineWidth: 0 }), { mode: 0o600 });
  return file;
}
