import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { KubeConfig } from "@kubernetes/client-node";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Connection } from "./connection.ts";

let folder: string;
let connection: Connection;

function connect(cluster: object, user: object): void {
  const config = new KubeConfig();
  config.loadFromOptions({
    clusters: [{ name: "c", server: "https://127.0.0.1:1/prefix/", ...cluster }],
    users: [{ name: "u", ...user }],
    contexts: [{ name: "x", cluster: "c", user: "u" }],
    currentContext: "x",
  });
  connection = new Connection(config);
}

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "connection-"));
});

afterEach(async () => {
  await connection.close();
  await rm(folder, { recursive: true });
});

test("the pool is rebuilt when the bytes of the CA or the client certificate change, and only then", async () => {
  const [caFile, certFile] = [join(folder, "ca"), join(folder, "cert")];
  await writeFile(caFile, "one");
  await writeFile(certFile, "one");
  connect({ caFile }, { certFile, keyData: Buffer.from("key").toString("base64") });
  const first = await connection.access();
  await writeFile(caFile, "one");
  expect((await connection.access()).dispatcher).toBe(first.dispatcher);
  await writeFile(caFile, "two");
  const second = await connection.access();
  expect(second.dispatcher).not.toBe(first.dispatcher);
  await writeFile(certFile, "two");
  expect((await connection.access()).dispatcher).not.toBe(second.dispatcher);
  expect(first.server).toBe("https://127.0.0.1:1/prefix");
});

test("a token from a file is trimmed and sent; a file that is not there is a credentials error", async () => {
  const tokenFile = join(folder, "token");
  await writeFile(tokenFile, "abc\n");
  connect({}, { authProvider: { name: "tokenFile", config: { tokenFile } } });
  expect((await connection.access()).headers).toEqual({ Authorization: "Bearer abc" });
  connect({}, { authProvider: { name: "tokenFile", config: { tokenFile: join(folder, "none") } } });
  await expect(connection.access()).rejects.toMatchObject({
    reason: "Credentials",
    message: "the credentials could not be used: ENOENT",
  });
});

test("a closed connection gives no access", async () => {
  connect({}, { token: "t" });
  await connection.access();
  await connection.close();
  await expect(connection.access()).rejects.toMatchObject({ reason: "Credentials" });
});

test("a SOCKS proxy is refused by name, an HTTP proxy is taken", async () => {
  connect({ proxyUrl: "socks5://127.0.0.1:1" }, { token: "t" });
  await expect(connection.access()).rejects.toThrow("SOCKS proxies are not supported");
  connect({ proxyUrl: "http://127.0.0.1:1" }, { token: "t" });
  await expect(connection.access()).resolves.toMatchObject({ headers: { Authorization: "Bearer t" } });
});
