import { describe, expect, test } from "vitest";
import { stringify } from "yaml";
import { rollout as caseOf } from "../../test/api/cases.ts";
import { scene } from "../../test/cli/scenes.ts";
import { OneRollout, Stage } from "../../test/cli/stage.ts";

const good = stringify(caseOf("slots", { strategy: { steps: [{ weight: 10, hold: "10m" }] } }), {
  version: "1.1",
});
const bad = stringify(caseOf("slots", { replicas: null }), { version: "1.1" });
const files = {
  "good.yaml": good,
  "bad.yaml": bad,
  "none.yaml": "kind: ConfigMap\nmetadata: {name: x}\n",
  "-": good,
};
const onStage = (name: Parameters<typeof scene>[0]) => {
  const { rollout, now } = scene(name);
  return new Stage({ cluster: new OneRollout(rollout), now, files });
};

describe("exit codes", () => {
  test.each<[string, Stage, string, number]>([
    ["help", new Stage(), "--help", 0],
    ["version", new Stage(), "version", 0],
    ["a command that does not exist", new Stage(), "statsu x", 2],
    ["a flag that does not exist", new Stage(), "status x --frob", 2],
    ["status of one that is ready", onStage("idle"), "status sentiment", 0],
    ["status of one under way", onStage("holding"), "status sentiment", 0],
    ["status of one that waits for a person", onStage("awaiting-approval"), "status sentiment", 0],
    ["status after a rollback", onStage("rolled-back"), "status sentiment", 5],
    ["status of one that is blocked", onStage("blocked-by-an-alarm"), "status sentiment", 5],
    ["status of none", new Stage(), "status sentiment", 3],
    ["history", onStage("rolled-back"), "history sentiment", 0],
    ["approve", onStage("awaiting-approval"), "approve sentiment", 0],
    ["approve what does not wait", onStage("holding"), "approve sentiment", 4],
    ["lint of a good file", new Stage({ files }), "lint good.yaml", 0],
    ["lint of a good file, strictly", new Stage({ files }), "lint good.yaml --strict", 4],
    ["lint of a bad file", new Stage({ files }), "lint bad.yaml", 4],
    ["lint of a file without any", new Stage({ files }), "lint none.yaml", 4],
    ["lint of a file that is not there", new Stage({ files }), "lint missing.yaml", 3],
    ["plan of a good file", new Stage({ files }), "plan good.yaml", 0],
    ["plan of standard input", new Stage({ files }), "plan -", 0],
    ["plan of a bad file", new Stage({ files }), "plan bad.yaml", 4],
  ])("%s", async (_, stage, line, code) => {
    expect(await stage.run(...line.split(" "))).toBe(code);
    if (code === 0) expect(stage.err.includes("error: ")).toBe(false);
    else if (code !== 5) expect(stage.out + stage.err).toMatch(/error: |warning: /);
  });
});

test("what goes wrong is said on standard error, with what to do", async () => {
  const stage = new Stage();
  await stage.run("statsu", "x");
  expect([stage.out, stage.err]).toEqual(["", 'error: unknown command "statsu": did you mean status?\n']);
  const refused = onStage("paused-by-spec");
  await refused.run("approve", "sentiment");
  expect(refused.err).toBe(
    "error: sentiment: nothing waits for an approval, but spec.paused is true\n  resume goes on with the steps.\n",
  );
});

describe("acting", () => {
  test("patches, says what was asked for, and closes the connection", async () => {
    const stage = onStage("awaiting-approval");
    expect(await stage.run("approve", "sentiment")).toBe(0);
    const awaiting = scene("awaiting-approval").rollout.status?.awaiting;
    expect(stage.cluster.patches).toEqual([
      { metadata: { annotations: { "modelrollout.dev/approve": awaiting } } },
    ]);
    expect(stage.out).toBe(`sentiment: approved ${awaiting}\n`);
    expect(stage.err).toContain("kubectl modelrollout status sentiment -n prod -w");
    expect(stage.cluster.closed).toBe(1);
  });

  test("writes nothing where nothing is to be changed", async () => {
    const stage = onStage("retried");
    expect(await stage.run("retry", "sentiment", "-o", "json")).toBe(0);
    expect(stage.cluster.patches).toEqual([]);
    expect(JSON.parse(stage.out)).toMatchObject({ name: "sentiment", verb: "retry", changed: false });
  });

  test("writes nothing after a refusal, and closes the connection", async () => {
    const stage = onStage("idle");
    expect(await stage.run("abort", "sentiment")).toBe(4);
    expect([stage.cluster.patches, stage.cluster.closed]).toEqual([[], 1]);
  });
});

describe("JSON", () => {
  test.each([
    "status sentiment",
    "history sentiment",
    "lint good.yaml",
    "plan good.yaml",
    "plan good.yaml --server",
  ])("%s -o json", async (line) => {
    const stage = onStage("rolled-back");
    await stage.run(...line.split(" "), "-o", "json");
    expect(JSON.parse(stage.out)).toBeTypeOf("object");
    expect(stage.out).not.toContain("\u001b");
  });

  test("of lint has what a script needs", async () => {
    const stage = new Stage({ files });
    await stage.run("lint", "bad.yaml", "-o", "json");
    expect(JSON.parse(stage.out)).toEqual({
      file: "bad.yaml",
      objects: [
        {
          name: "sentiment",
          line: 1,
          findings: [
            {
              level: "error",
              line: 5,
              path: "spec.replicas",
              message: "spec.template needs spec.replicas: write the number of pods at full size",
            },
          ],
        },
      ],
      others: [],
    });
  });
});

test("plan takes the size of an adopted Deployment from the same file, unless it is said", async () => {
  const adopted = stringify(caseOf("adopted"), { version: "1.1" });
  const deployment = "kind: Deployment\nmetadata: {name: sentiment}\nspec: {replicas: 3}\n";
  const both = new Stage({ files: { "both.yaml": `${adopted}---\n${deployment}` } });
  await both.run("plan", "both.yaml");
  expect(both.out).toMatch(/step 2\/2/);
  expect(both.out).toMatch(/0 % +0\/0 +100 % +3\/3/);
  expect(both.out).not.toContain("--replicas");
  const said = new Stage({ files: { "both.yaml": `${adopted}---\n${deployment}` } });
  await said.run("plan", "both.yaml", "--replicas", "5");
  expect(said.out).toMatch(/0 % +0\/0 +100 % +5\/5/);
  const alone = new Stage({ files: { "alone.yaml": adopted } });
  await alone.run("plan", "alone.yaml");
  expect(alone.out).toContain("Deployment sentiment has 10 replicas (--replicas)");
});

describe("plan --server", () => {
  test("says what the change is, which gates are closed, and plays it on from the live object", async () => {
    const { rollout, now } = scene("idle");
    const cluster = new OneRollout(rollout);
    cluster.taken = ["Deployment sentiment-b"];
    cluster.pods = { ok: false, messages: ["spec.template.spec.containers[0].imge: unknown field"] };
    const stage = new Stage({ cluster, files, now });
    expect(await stage.run("plan", "good.yaml", "--server")).toBe(0);
    expect(stage.out).toContain("sentiment in prod: ");
    expect(stage.out).toContain("is a new revision: a release would begin");
    expect(stage.out).toContain(
      "✗ template  the cluster refuses its pods: spec.template.spec.containers[0].imge: unknown field",
    );
    expect(stage.out).toContain("✗ names     Deployment sentiment-b exist and are not this ModelRollout's");
    expect(stage.out).toMatch(/step 2\/2: 100 %/);
    expect(cluster.patches).toEqual([]);
  });

  test("refuses what the cluster refuses", async () => {
    const cluster = new OneRollout(scene("idle").rollout);
    cluster.trial = { ok: false, messages: ["spec.selector: cannot change"] };
    const stage = new Stage({ cluster, files });
    expect(await stage.run("plan", "good.yaml", "--server")).toBe(4);
    expect(stage.err).toBe(
      "error: the cluster refuses ModelRollout sentiment\n  spec.selector: cannot change\n",
    );
  });

  test("of one that is being deleted", async () => {
    const stage = new Stage({ cluster: new OneRollout(scene("deleting").rollout), files });
    expect(await stage.run("plan", "good.yaml", "--server")).toBe(4);
  });

  test("of one that is not there", async () => {
    const stage = new Stage({ files });
    expect(await stage.run("plan", "good.yaml", "--server")).toBe(0);
    expect(stage.out).toContain("it does not exist yet and would be created");
    expect(stage.out).toContain("is the first revision");
  });
});

describe("lint --server", () => {
  test("adds what only the cluster knows", async () => {
    const cluster = new OneRollout();
    cluster.pods = { ok: false, messages: ["exceeded quota: gpus"] };
    const stage = new Stage({ cluster, files });
    expect(await stage.run("lint", "good.yaml", "--server")).toBe(4);
    expect(stage.out).toContain(
      "good.yaml:1: error: spec.template: the cluster refuses its pods: exceeded quota: gpus",
    );
    cluster.trial = { ok: false, messages: ["denied by policy"] };
    const refused = new Stage({ cluster, files });
    expect(await refused.run("lint", "good.yaml", "--server")).toBe(4);
    expect(refused.out).toContain("good.yaml:1: error: denied by policy");
  });
});

test("Ctrl-C ends a call that does not come back", async () => {
  const cluster = new OneRollout(scene("idle").rollout);
  cluster.get = () => new Promise(() => {});
  const stage = new Stage({ cluster });
  await stage.start("status", "sentiment");
  stage.interrupt.abort();
  await stage.clock.advance(1_000);
  expect(await stage.end()).toBe(130);
});

test("a bug is reported with its place", async () => {
  const cluster = new OneRollout();
  cluster.get = () => Promise.reject(new TypeError("x is not a function"));
  const stage = new Stage({ cluster });
  expect(await stage.run("status", "sentiment")).toBe(1);
  expect(stage.err).toMatch(/^error: TypeError: x is not a function\n {2} at .*run\.test\.ts/);
});
