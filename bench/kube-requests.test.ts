import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { readAuditLog } from "../test/control-plane/audit.ts";
import { countRequests, operatorRequests, requestKinds, verbsInWords } from "./kube-requests.ts";

type Logged = { readonly verb: string; readonly resource: string; readonly subresource?: string };

const line = (
  { verb, resource, subresource }: Logged,
  { at = 0, agent = "modelrollout/0.1.0", stage = "", query = "" } = {},
): string =>
  JSON.stringify({
    stage: stage || (verb === "watch" ? "ResponseStarted" : "ResponseComplete"),
    verb,
    requestURI: `/apis/x/${resource}${query}`,
    userAgent: agent,
    user: { username: "system:serviceaccount:modelrollout-system:modelrollout" },
    requestReceivedTimestamp: new Date(1_000_000 + at).toISOString(),
    responseStatus: { code: 200 },
    objectRef: { resource, ...(subresource === undefined ? {} : { subresource }) },
  });

const written: readonly string[] = [
  line({ verb: "list", resource: "modelrollouts" }),
  line({ verb: "watch", resource: "modelrollouts" }),
  // A watch is logged once more when it ends.
  line({ verb: "watch", resource: "modelrollouts" }, { stage: "ResponseComplete" }),
  line({ verb: "update", resource: "modelrollouts", subresource: "status" }, { at: 10 }),
  line({ verb: "patch", resource: "deployments" }, { at: 10 }),
  line({ verb: "create", resource: "deployments" }, { at: 10, query: "?dryRun=All" }),
  line({ verb: "create", resource: "events" }, { at: 10 }),
  line({ verb: "update", resource: "leases" }, { at: 10 }),
  line({ verb: "update", resource: "leases" }, { at: 20 }),
  line({ verb: "patch", resource: "deployments" }, { agent: "kubectl/v1.36.3", at: 10 }),
  line({ verb: "patch", resource: "deployments" }, { agent: "modelrollout-test", at: 10 }),
];

async function logged(): Promise<Awaited<ReturnType<typeof readAuditLog>>> {
  const folder = await mkdtemp(join(tmpdir(), "modelrollout-bench-test-"));
  const file = join(folder, "audit.log");
  // The last line is being written at this moment.
  await writeFile(file, `${written.join("\n")}\n{"stage":"Respon`);
  try {
    return await readAuditLog(file);
  } finally {
    await rm(folder, { recursive: true });
  }
}

test("counts the operator's requests by what they are for, each once", async () => {
  const count = countRequests(operatorRequests(await logged()));
  expect(count).toEqual({
    total: 4,
    verbs: { list: 1, update: 1, patch: 1, create: 1 },
    writes: 3,
    events: 1,
    lease: 2,
    watches: 1,
  });
  expect(verbsInWords(count)).toBe("create 1, list 1, patch 1, update 1");
});

test("a stretch of time has its beginning and not its end", async () => {
  const requests = operatorRequests(await logged(), 1_000_010, 1_000_020);
  expect(countRequests(requests)).toMatchObject({ total: 3, lease: 1, watches: 0 });
  expect(verbsInWords(countRequests([]))).toBe("none");
});

test("names what was asked for, dry runs apart, most frequent first", async () => {
  const kinds = requestKinds(operatorRequests(await logged(), 1_000_010));
  expect(Object.keys(kinds)[0]).toBe("update leases");
  expect(kinds).toMatchObject({ "update modelrollouts/status": 1, "create deployments (dry run)": 1 });
});
