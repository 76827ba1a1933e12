import { existsSync } from "node:fs";
import { copyFile, mkdir, mkdtemp, readdir, rm, utimes, writeFile } from "node:fs/promises";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { ensureBinaries } from "./build.ts";
import { withLock } from "./build-lock.ts";
import { cacheFolder } from "./cache-folder.ts";
import { checkedVersion, GoMissingError } from "./go-toolchain.ts";
import { silentProgress } from "./progress.ts";

let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "modelrollout-build-"));
});
afterEach(() => rm(folder, { recursive: true }));

test("the cache lies outside of the checkout, where its variables say", () => {
  expect(cacheFolder({ MODELROLLOUT_CACHE: "/a" })).toMatch(/^\/a\/control-plane\/[0-9a-f]{16}$/);
  expect(cacheFolder({ XDG_CACHE_HOME: "/b" })).toMatch(/^\/b\/modelrollout\/control-plane\/[0-9a-f]{16}$/);
  expect(cacheFolder({})).toMatch(/\.cache\/modelrollout\/control-plane\/[0-9a-f]{16}$/);
});

test("what KUBEBUILDER_ASSETS has is taken from there, the rest from the cache", async () => {
  const built = await ensureBinaries(silentProgress, {});
  await copyFile(built.kubectl, join(folder, "kubectl"));
  const paths = await ensureBinaries(silentProgress, { KUBEBUILDER_ASSETS: folder });
  expect(paths.kubectl).toBe(join(folder, "kubectl"));
  expect(paths["kube-apiserver"]).toBe(built["kube-apiserver"]);
});

test.each(["go1.26", "go1.26.8", "go1.31.0", "go2.0", "devel go1.27-abc"])("%s is new enough", (version) => {
  expect(checkedVersion(version, "go")).toBe(version);
});

test.each(["go1.25.9", "go1.9", "go0.30", ""])(
  "“%s” is too old, and the message says what to do",
  (version) => {
    expect(() => checkedVersion(version, "go")).toThrow(GoMissingError);
    expect(() => checkedVersion(version, "go")).toThrow(/go\.dev\/dl[^]*KUBEBUILDER_ASSETS/);
  },
);

describe("with a Go that only pretends", () => {
  /** Puts a shell script in the place of `go`. */
  async function pretend(script: string): Promise<NodeJS.ProcessEnv> {
    await mkdir(join(folder, "go"), { recursive: true });
    await writeFile(join(folder, "go", "go"), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    const PATH = `${join(folder, "go")}:${process.env["PATH"]}`;
    return { PATH, MODELROLLOUT_CACHE: join(folder, "cache") };
  }
  const builds = 'if [ "$1" = env ]; then echo go1.26.1; exit; fi\nshift 5\necho built > "$1"';

  test("every program is built once, in order, and told", async () => {
    const env = await pretend(builds);
    const lines: string[] = [];
    const paths = await ensureBinaries({ line: (text) => lines.push(text), status: () => undefined }, env);
    expect(lines.slice(2).map((line) => line.replace(/\d+ s$/, "0 s"))).toEqual([
      "[1/6] etcd … 0 s",
      "[2/6] kube-apiserver … 0 s",
      "[3/6] kubectl … 0 s",
      "[4/6] kube-controller-manager … 0 s",
      "[5/6] kube-scheduler … 0 s",
      "[6/6] kwok … 0 s",
    ]);
    expect(Object.values(paths).every((path) => existsSync(path))).toBe(true);
    await pretend("exit 1");
    await expect(ensureBinaries(silentProgress, env)).resolves.toEqual(paths);
  });

  test("a failed build says why, and the next one goes on where it stopped", async () => {
    const env = await pretend(`case "$*" in *scheduler*) echo "undefined: x" >&2; exit 2;; esac\n${builds}`);
    await expect(ensureBinaries(silentProgress, env)).rejects.toThrow(
      /kube-scheduler failed[^]*undefined: x/,
    );
    expect((await readdir(join(cacheFolder(env), "bin"))).toSorted()).toEqual(
      ["etcd", "kube-apiserver", "kube-controller-manager", "kubectl"].toSorted(),
    );
    await pretend(builds);
    const lines: string[] = [];
    await ensureBinaries({ line: (text) => lines.push(text), status: () => undefined }, env);
    expect(lines).toContain("[2/6] kube-apiserver … is there");
  });

  test("one that is too old, and may not fetch a newer one, is explained", async () => {
    const old = await pretend("echo go1.22.2");
    await expect(ensureBinaries(silentProgress, old)).rejects.toThrow(/too old[^]*go1\.22\.2[^]*go\.dev\/dl/);
    const refusing = await pretend('echo "go: go.mod requires go >= 1.26.0 (running go 1.24)" >&2; exit 1');
    await expect(ensureBinaries(silentProgress, refusing)).rejects.toThrow(
      /requires go >= 1\.26[^]*go\.dev\/dl/,
    );
  });
});

test("of two at once one waits until the other is done", async () => {
  const lock = join(folder, "lock");
  const order: string[] = [];
  const first = Promise.withResolvers<void>();
  const one = withLock(
    lock,
    () => order.push("one waits"),
    async () => {
      order.push("one in");
      await first.promise;
      order.push("one out");
    },
  );
  await expect.poll(() => order).toEqual(["one in"]);
  const two = withLock(
    lock,
    () => {
      order.push("two waits");
      first.resolve();
    },
    async () => void order.push("two in"),
  );
  await Promise.all([one, two]);
  expect(order).toEqual(["one in", "two waits", "one out", "two in"]);
  expect(existsSync(lock)).toBe(false);
});

test.each([
  ["of a process that is gone", `4194305 ${hostname()}`, 0],
  ["that was not refreshed for a minute", "1 another-machine", 60_000],
])("a lock %s is taken over", async (_, content, ageMs) => {
  const lock = join(folder, "lock");
  await writeFile(lock, content);
  await utimes(lock, new Date(), new Date(Date.now() - ageMs));
  await expect(
    withLock(
      lock,
      () => undefined,
      async () => "done",
    ),
  ).resolves.toBe("done");
});
