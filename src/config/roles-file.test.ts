import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { readRolesFile } from "./roles-file.ts";

const arn = "arn:aws:iam::210987654321:role/models";
let folder: string | undefined;

async function read(text: string) {
  folder = await mkdtemp(join(tmpdir(), "roles-"));
  const path = join(folder, "roles.yaml");
  await writeFile(path, text);
  return await readRolesFile(path);
}

async function problemsOf(text: string): Promise<readonly string[]> {
  const error = await read(text).catch((refused: unknown) => refused);
  if (!(error instanceof Error)) throw new Error("it was taken");
  return error.message.split("\n").map((line) => line.replace(/^--aws-roles \S+: /, ""));
}

afterEach(async () => {
  if (folder !== undefined) await rm(folder, { recursive: true, force: true });
});

describe("the file of roles", () => {
  test("is YAML, or JSON", async () => {
    const entries = [{ namespaces: ["team-a", "ml-*"], roleArn: arn }];
    expect(await read(`roles:\n- namespaces: [team-a, "ml-*"]\n  roleArn: ${arn}\n`)).toEqual(entries);
    expect(await read(JSON.stringify({ roles: entries }))).toEqual(entries);
  });

  test("everything that is wrong is said at once, with its place", async () => {
    const text = `
role: []
roles:
- namespaces: [team-a, Team_B, 7]
  roleArn: arn:aws:iam::1:role/x
- namespaces: []
  roleArn: ${arn}
  externalId: chosen
- namespaces: ["ml-*"]
  roleArn: ${arn}
- namespaces: [ml-a, other]
  roleArn: ${arn}
- team-c
`;
    expect(await problemsOf(text)).toEqual([
      '"role" is not known: there is only "roles"',
      `roles[0].namespaces[1] must be a namespace's name or a pattern such as team-*; it is "Team_B"`,
      "roles[0].namespaces[2] must be a namespace's name or a pattern such as team-*; it is 7",
      'roles[0].roleArn must be a role\'s ARN, such as arn:aws:iam::123456789012:role/models; it is "arn:aws:iam::1:role/x"',
      "roles[1].externalId is not known: there are namespaces and roleArn (the external id is the operator's)",
      "roles[1].namespaces must be a list of names such as team-a, or patterns such as team-*",
      "roles[3].namespaces[0] (ml-a) is never used: roles[2] has it already; put the narrower entry first",
      "roles[4] must be a mapping, as {namespaces: [team-a], roleArn: arn:aws:iam::123456789012:role/models}",
    ]);
  });

  test.each([
    ["nothing", "", /must be a mapping with a list "roles"/],
    ["no role", "roles: []", /names no role/],
    ["no YAML", "roles: [", /./],
    ["two documents", "roles: []\n---\nroles: []\n", /multiple documents/],
    ["an alias", `roles: &x\n- namespaces: [a]\n  roleArn: ${arn}\nother: *x\n`, /alias/i],
  ])("%s is refused", async (_name, text, message) => {
    expect((await problemsOf(text)).join("\n")).toMatch(message);
  });

  test("one that is not there is named", async () => {
    await expect(readRolesFile("/nowhere/roles.yaml")).rejects.toThrow(
      /^--aws-roles \/nowhere\/roles\.yaml cannot be read: ENOENT/,
    );
  });
});
