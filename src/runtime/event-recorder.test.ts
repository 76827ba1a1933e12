import { expect, test } from "vitest";
import { settle, VirtualClock } from "../../test/runtime/virtual-clock.ts";
import { type EventRecord, EventRecorder } from "./event-recorder.ts";
import type { KubeApi } from "./kube-api.ts";
import { KubeError } from "./kube-error.ts";

interface Body {
  readonly metadata: { readonly namespace: string; readonly name: string };
  readonly note: string;
  readonly series?: { readonly count: number; readonly lastObservedTime: string };
}

const record = (note: string, more: Partial<EventRecord> = {}): EventRecord => ({
  regarding: {
    apiVersion: "modelrollout.dev/v1alpha1",
    kind: "ModelRollout",
    metadata: { namespace: "prod", name: "sentiment", uid: "u1", resourceVersion: "7" },
  },
  type: "Normal",
  reason: "WeightSet",
  action: "SetWeights",
  note,
  ...more,
});

function setUp(faults: Array<KubeError | "hang"> = [], queueLimit?: number) {
  const clock = new VirtualClock();
  const created: Body[] = [];
  const patched: Array<{ path: string; body: Body }> = [];
  const dropped: string[] = [];
  const answer = async <R>(work: () => R, signal: AbortSignal | undefined): Promise<R> => {
    await Promise.resolve();
    const fault = faults.shift();
    if (fault instanceof KubeError) throw fault;
    if (fault === "hang") {
      await new Promise((resolve) => {
        signal?.addEventListener("abort", resolve);
      });
      throw new KubeError("Aborted", "aborted");
    }
    return work();
  };
  const api = {
    create: (_path: string, body: Body, options: { signal?: AbortSignal }) =>
      answer(() => created.push(body), options.signal),
    patch: (path: string, body: Body, options: { signal?: AbortSignal }) =>
      answer(() => patched.push({ path, body }), options.signal),
  } as unknown as KubeApi;
  const recorder = new EventRecorder({
    api,
    clock,
    random: () => 0.5,
    reportingController: "modelrollout.dev/operator",
    reportingInstance: "pod-0",
    listener: { dropped: (event, why) => dropped.push(`${event.note}: ${why}`) },
    ...(queueLimit === undefined ? {} : { queueLimit }),
  });
  return { clock, recorder, created, patched, dropped };
}

test("an event says what happened to what", async () => {
  const { recorder, created } = setUp();
  const related = { apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "sentiment-b" } };
  recorder.record(record("10 % to v8", { related }));
  await settle();
  expect(created).toEqual([
    {
      apiVersion: "events.k8s.io/v1",
      kind: "Event",
      metadata: { namespace: "prod", name: "sentiment.19b76daa80080000000" },
      eventTime: "2026-01-01T00:00:00.000000Z",
      type: "Normal",
      reason: "WeightSet",
      action: "SetWeights",
      note: "10 % to v8",
      regarding: {
        apiVersion: "modelrollout.dev/v1alpha1",
        kind: "ModelRollout",
        namespace: "prod",
        name: "sentiment",
        uid: "u1",
        resourceVersion: "7",
      },
      related: { apiVersion: "apps/v1", kind: "Deployment", name: "sentiment-b" },
      reportingController: "modelrollout.dev/operator",
      reportingInstance: "pod-0",
    },
  ]);
});

test("equal events are one with a count, written once per burst; another note is another event", async () => {
  const { clock, recorder, created, patched } = setUp();
  for (let time = 0; time < 100; time++) recorder.record(record("again"));
  recorder.record(record("different"));
  await clock.advance(9_999);
  expect(created.map(({ note }) => note)).toEqual(["again", "different"]);
  expect(patched).toEqual([]);
  await clock.advance(1);
  expect(patched).toEqual([
    {
      path: `/apis/events.k8s.io/v1/namespaces/prod/events/${created[0]?.metadata.name}`,
      body: { series: { count: 100, lastObservedTime: "2026-01-01T00:00:00.000000Z" } },
    },
  ]);
  await clock.advance(60_000);
  expect(patched).toHaveLength(1);
});

test("a series ends after ten quiet minutes", async () => {
  const { clock, recorder, created } = setUp();
  recorder.record(record("again"));
  await clock.advance(600_000);
  recorder.record(record("again"));
  await settle();
  expect(created).toHaveLength(2);
});

test("an object has 25 events at once, then one a minute; another object has its own", async () => {
  const { clock, recorder, created, dropped } = setUp();
  for (let number = 0; number < 30; number++) recorder.record(record(`note ${number}`));
  const other = { ...record("").regarding, metadata: { namespace: "prod", name: "other", uid: "u2" } };
  recorder.record(record("of another", { regarding: other }));
  await settle();
  expect(created).toHaveLength(26);
  expect(dropped).toHaveLength(5);
  expect(dropped[0]).toBe("note 25: limited");
  await clock.advance(60_000);
  recorder.record(record("note 25"));
  recorder.record(record("note 26"));
  await settle();
  expect(created.at(-1)?.note).toBe("note 25");
  expect(created).toHaveLength(27);
});

test("a failing server is tried again with back-off, a refusal is not", async () => {
  const down = new KubeError("Unreachable", "refused");
  const { clock, recorder, created, dropped } = setUp([
    down,
    down,
    new KubeError("Forbidden", "namespace is going away", { code: 403 }),
  ]);
  recorder.record(record("first"));
  recorder.record(record("second"));
  await clock.advance(60_000);
  expect(dropped).toEqual(["first: refused"]);
  expect(created.map(({ note }) => note)).toEqual(["second"]);
  recorder.record(record("first"));
  await settle();
  expect(created).toHaveLength(2);
});

test("an event is given up after twelve tries", async () => {
  const { clock, recorder, dropped, created } = setUp(
    Array.from({ length: 12 }, () => new KubeError("Timeout", "no answer")),
  );
  recorder.record(record("first"));
  await clock.advance(600_000);
  expect(dropped).toEqual(["first: refused"]);
  expect(created).toEqual([]);
});

test("a lost answer does not store an event twice", async () => {
  const { clock, recorder, dropped, created } = setUp([
    new KubeError("Timeout", "no answer"),
    new KubeError("AlreadyExists", "exists", { code: 409 }),
  ]);
  recorder.record(record("first"));
  await clock.advance(10_000);
  expect([created, dropped]).toEqual([[], []]);
});

test("the queue is bounded, and record never waits", async () => {
  const { clock, recorder, dropped } = setUp(["hang"], 3);
  for (let number = 0; number < 6; number++) recorder.record(record(`note ${number}`));
  expect(dropped).toEqual(["note 4: full", "note 5: full"]);
  const stopped = recorder.stop(1_000);
  await clock.advance(1_000);
  await stopped;
  expect(clock.pendingTimers).toBe(0);
});

test("stop sends what waits, counts included, and takes nothing more", async () => {
  const { clock, recorder, created, patched, dropped } = setUp();
  recorder.record(record("again"));
  recorder.record(record("again"));
  recorder.record(record("last"));
  await recorder.stop(1_000);
  recorder.record(record("too late"));
  expect(created.map(({ note }) => note)).toEqual(["again", "last"]);
  expect(patched.map(({ body }) => body.series?.count)).toEqual([2]);
  expect(dropped).toEqual(["too late: stopped"]);
  expect(clock.pendingTimers).toBe(0);
});

test("notes are cut to 1024 bytes, not within a character", async () => {
  const { recorder, created } = setUp();
  recorder.record(record("ö".repeat(2_000)));
  await settle();
  const note = created[0]?.note ?? "";
  expect(Buffer.byteLength(note)).toBeLessThanOrEqual(1_024);
  expect(note).toMatch(/^ö+…$/);
});
