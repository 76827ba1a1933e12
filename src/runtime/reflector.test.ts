import { expect, test } from "vitest";
import { settle, VirtualClock } from "../../test/runtime/virtual-clock.ts";
import type { KubeApi, ListOptions, WatchOptions } from "./kube-api.ts";
import { KubeError } from "./kube-error.ts";
import type { KubeList, KubeObject, WatchEvent } from "./kube-object.ts";
import { Reflector, type ReflectorOptions } from "./reflector.ts";

type Answer = KubeList | KubeError | "hang";

/** A watch as the test drives it. */
class FakeWatch {
  readonly options: WatchOptions;
  #queue: Array<WatchEvent | KubeError | "end"> = [];
  #wake = Promise.withResolvers<void>();

  constructor(options: WatchOptions) {
    this.options = options;
    options.signal?.addEventListener("abort", () => this.send(new KubeError("Aborted", "aborted")));
  }

  send(...events: ReadonlyArray<WatchEvent | KubeError | "end">): void {
    this.#queue.push(...events);
    this.#wake.resolve();
  }

  async *stream(): AsyncGenerator<WatchEvent> {
    for (;;) {
      const event = this.#queue.shift();
      if (event === "end") return;
      if (event instanceof KubeError) throw event;
      if (event !== undefined) yield event;
      else {
        await this.#wake.promise;
        this.#wake = Promise.withResolvers();
      }
    }
  }
}

const object = (name: string, version: number, uid = `uid-${name}`): KubeObject => ({
  metadata: { namespace: "n", name, uid, resourceVersion: String(version) },
});
const list = (version: number, ...items: KubeObject[]): KubeList => ({
  metadata: { resourceVersion: String(version) },
  items,
});

function setUp(answers: Answer[], options: Partial<ReflectorOptions<KubeObject>> = {}) {
  const clock = new VirtualClock();
  const lists: Array<ListOptions & { at: number }> = [];
  const watches: FakeWatch[] = [];
  const api = {
    list: async (_path: string, listOptions: ListOptions) => {
      lists.push({ ...listOptions, at: clock.monotonic() - 1_000 });
      const answer = answers.shift() ?? list(1);
      if (answer instanceof KubeError) throw answer;
      if (answer !== "hang") return answer;
      return await new Promise<never>((_resolve, reject) => {
        listOptions.signal?.addEventListener("abort", () => reject(new KubeError("Aborted", "aborted")));
      });
    },
    watch: (_path: string, watchOptions: WatchOptions) => {
      const watch = new FakeWatch(watchOptions);
      watches.push(watch);
      return watch.stream();
    },
  } as unknown as KubeApi;
  const log: string[] = [];
  const reflector = new Reflector({ api, path: "/things", clock, random: () => 1, ...options });
  reflector.addHandlers({
    onAdd: ({ metadata }) => log.push(`add ${metadata.name}@${metadata.resourceVersion}`),
    onUpdate: ({ metadata }) => log.push(`update ${metadata.name}@${metadata.resourceVersion}`),
    onDelete: ({ metadata }) => log.push(`delete ${metadata.name}@${metadata.resourceVersion}`),
  });
  reflector.start();
  const watch = (): FakeWatch => {
    const last = watches.at(-1);
    if (last === undefined) throw new Error("no watch");
    return last;
  };
  return { clock, lists, watches, watch, log, reflector };
}

test("lists page by page, is synced at the end, then watches from the list's version", async () => {
  const first: KubeList = { metadata: { continue: "t" }, items: [object("a", 1)] };
  const { lists, watch, log, reflector } = setUp([first, list(7, object("b", 2))], {
    select: { labelSelector: "x=y" },
  });
  expect(reflector.hasSynced).toBe(false);
  await reflector.synced();
  expect(log).toEqual(["add a@1", "add b@2"]);
  expect(lists).toMatchObject([
    { limit: 500, labelSelector: "x=y" },
    { limit: 500, continue: "t" },
  ]);
  await settle();
  expect(watch().options).toMatchObject({ resourceVersion: "7", labelSelector: "x=y", timeoutSeconds: 600 });
  await reflector.stop();
});

test("resumes a cut watch from the last version, bookmarks included, without a list", async () => {
  const { clock, lists, watches, watch, log, reflector } = setUp([list(7)]);
  await settle();
  watch().send(
    { type: "ADDED", object: object("a", 8) },
    { type: "BOOKMARK", object: { metadata: { resourceVersion: "40" } } },
    new KubeError("Unreachable", "cut"),
  );
  await clock.advance(500);
  expect(watches).toHaveLength(2);
  expect(watch().options.resourceVersion).toBe("40");
  watch().send({ type: "DELETED", object: object("a", 41) });
  await settle();
  expect(log).toEqual(["add a@8", "delete a@8"]);
  expect(lists).toHaveLength(1);
  await reflector.stop();
});

test("an ERROR event with code 410 lists again; what changed in the gap is heard", async () => {
  const { watch, watches, log, reflector } = setUp([
    list(7, object("a", 1), object("b", 2)),
    list(50, object("a", 30, "uid-other"), object("c", 31)),
  ]);
  await settle();
  watch().send({ type: "ERROR", object: { code: 410, reason: "Expired", message: "too old" } });
  await settle();
  expect(log).toEqual(["add a@1", "add b@2", "delete a@1", "add a@30", "add c@31", "delete b@2"]);
  await settle();
  expect(watches.at(-1)?.options.resourceVersion).toBe("50");
  await reflector.stop();
});

test("silence longer than bookmarks take replaces the watch, and the old one is aborted", async () => {
  const { clock, watches, reflector } = setUp([list(7)]);
  await clock.advance(149_999);
  expect(watches).toHaveLength(1);
  await clock.advance(1);
  expect(watches).toHaveLength(2);
  expect(watches[0]?.options.signal?.aborted).toBe(true);
  expect(watches[1]?.options.resourceVersion).toBe("7");
  await reflector.stop();
});

test("a bookmark a minute keeps a quiet watch", async () => {
  const { clock, watches, watch, reflector } = setUp([list(7)]);
  for (let minute = 1; minute <= 9; minute++) {
    await clock.advance(60_000);
    watch().send({ type: "BOOKMARK", object: { metadata: { resourceVersion: String(7 + minute) } } });
  }
  await settle();
  expect(watches).toHaveLength(1);
  expect(reflector.sinceContactMs).toBe(0);
  await reflector.stop();
});

test("five minutes without a server: ever longer waits up to the cap, then on by itself", async () => {
  const gone = Array.from({ length: 25 }, () => new KubeError("Unreachable", "refused"));
  const { clock, lists, reflector } = setUp([...gone, list(9, object("a", 3))]);
  await clock.advance(360_000);
  const gaps = lists.slice(1).map(({ at }, index) => at - (lists[index]?.at ?? 0));
  expect(gaps.slice(0, 6)).toEqual([500, 1_000, 2_000, 4_000, 8_000, 15_000]);
  expect(Math.max(...gaps)).toBe(15_000);
  expect(reflector.hasSynced).toBe(true);
  expect(reflector.store.get("n/a")).toBeDefined();
  await reflector.stop();
});

test("Retry-After above the back-off is honoured", async () => {
  const busy = new KubeError("TooManyRequests", "busy", { code: 429, retryAfterMs: 7_000 });
  const { clock, lists, reflector } = setUp([busy, list(9)]);
  await clock.advance(6_999);
  expect(lists).toHaveLength(1);
  await clock.advance(1);
  expect(lists).toHaveLength(2);
  await reflector.stop();
});

test("a server that answers 410 to every watch is listed ever more slowly", async () => {
  const { clock, lists, watches, reflector } = setUp([]);
  for (let round = 0; round < 600; round++) {
    watches.at(-1)?.send(new KubeError("Expired", "410", { code: 410 }));
    await clock.advance(100);
  }
  expect(lists.length).toBeLessThanOrEqual(9);
  await reflector.stop();
});

test("a handler that throws is reported, and everything else goes on", async () => {
  const reported: unknown[] = [];
  const { watch, log, reflector } = setUp([list(7, object("a", 1))], {
    listener: { handlerFailed: (_path, error) => reported.push(error) },
  });
  reflector.addHandlers({
    onAdd: () => {
      throw new Error("broken");
    },
  });
  await settle();
  watch().send({ type: "ADDED", object: object("b", 8) });
  await settle();
  expect(log).toEqual(["add a@1", "add b@8"]);
  expect(reported).toHaveLength(2);
  await reflector.stop();
});

test("handlers that come late hear what is there; an own write is heard once", async () => {
  const { watch, log, reflector } = setUp([list(7, object("a", 1))]);
  await settle();
  const late: string[] = [];
  reflector.addHandlers({ onAdd: ({ metadata }) => late.push(metadata.name ?? "") });
  reflector.store.noteWrite(object("a", 9));
  watch().send({ type: "MODIFIED", object: object("a", 9) });
  await settle();
  expect(late).toEqual(["a"]);
  expect(log).toEqual(["add a@1", "update a@9"]);
  await reflector.stop();
});

test.each(["listing", "watching", "waiting"])(
  "stop while %s ends at once and leaves no timer",
  async (at) => {
    const answers: Record<string, Answer[]> = {
      listing: ["hang"],
      watching: [list(7)],
      waiting: [new KubeError("Unreachable", "gone")],
    };
    const { clock, lists, watches, reflector } = setUp(answers[at] ?? []);
    await settle();
    await reflector.stop();
    expect(clock.pendingTimers).toBe(0);
    const before = [lists.length, watches.length];
    await clock.advance(600_000);
    expect([lists.length, watches.length]).toEqual(before);
    if (at === "watching") expect(watches[0]?.options.signal?.aborted).toBe(true);
    else await expect(reflector.synced()).rejects.toThrow("stopped before the first list");
  },
);
