import { describe, expect, it } from "vitest";
import { VirtualClock } from "../../test/runtime/virtual-clock.ts";
import { createIsolation, type FetchTogether } from "./isolation.ts";

const call = { service: "elasticloadbalancing", operation: "DescribeRules", region: "us-east-1" } as const;

const refusal = (name: string): Error =>
  Object.assign(new Error("refused"), { name, $metadata: { httpStatusCode: 400 } });

/** A service that refuses any request with a bad key in it, and notes the requests. */
function service(bad: ReadonlySet<string>, error = "RuleNotFoundException") {
  const requests: string[] = [];
  const request: FetchTogether<string> = async (keys) => {
    requests.push(keys.join(""));
    if (keys.some((key) => bad.has(key))) throw refusal(error);
    return new Map(keys.filter((key) => key !== "?").map((key) => [key, key.toUpperCase()]));
  };
  return { requests, request };
}

const keys = "abcdefgh".split("");

describe("isolation", () => {
  it("one request when all is well", async () => {
    const { requests, request } = service(new Set());
    const read = await createIsolation<string>({ clock: new VirtualClock(), call }).read(keys, request);
    expect(requests).toEqual(["abcdefgh"]);
    expect(read.get("c")).toEqual({ ok: true, value: "C" });
  });

  it("finds the bad ones by halves and reads all the others", async () => {
    const { requests, request } = service(new Set(["b", "g"]));
    const read = await createIsolation<string>({ clock: new VirtualClock(), call }).read(keys, request);
    expect(keys.filter((key) => read.get(key)?.ok !== true)).toEqual(["b", "g"]);
    expect(read.get("b")).toMatchObject({ problem: { kind: "notFound" } });
    expect(requests.length).toBeLessThanOrEqual(1 + 2 * 2 * 3);
  });

  it("bad ones rest, are then asked for alone, each time later, and come back when they are good", async () => {
    const clock = new VirtualClock();
    const bad = new Set(["b"]);
    const { requests, request } = service(bad);
    const isolation = createIsolation<string>({ clock, call });
    await isolation.read(keys, request);
    requests.length = 0;
    await isolation.read(keys, request);
    expect(requests).toEqual(["acdefgh"]);
    await clock.advance(10_000);
    requests.length = 0;
    await isolation.read(keys, request);
    expect(requests).toEqual(["acdefgh", "b"]);
    await clock.advance(10_000);
    requests.length = 0;
    expect((await isolation.read(keys, request)).get("b")?.ok).toBe(false);
    expect(requests).toEqual(["acdefgh"]);
    bad.clear();
    await clock.advance(10_000);
    expect((await isolation.read(keys, request)).get("b")?.ok).toBe(true);
    requests.length = 0;
    await isolation.read(keys, request);
    expect(requests).toEqual(["abcdefgh"]);
  });

  it("does not search when the trouble is not about a key", async () => {
    const { requests, request } = service(new Set(["a"]), "Throttling");
    const kinds: string[] = [];
    const onFailure = ({ kind }: { readonly kind: string }): void => void kinds.push(kind);
    const isolation = createIsolation<string>({ clock: new VirtualClock(), call, onFailure });
    const read = await isolation.read(keys, request);
    expect([...read.values()].every((outcome) => !outcome.ok && outcome.problem.kind === "throttled")).toBe(
      true,
    );
    expect(requests).toHaveLength(1);
    expect(kinds).toEqual(["throttled"]);
    await isolation.read(keys, request);
    expect(requests).toEqual(["abcdefgh", "abcdefgh"]);
  });

  it("a key that the answer leaves out is not found", async () => {
    const { request } = service(new Set());
    const read = await createIsolation<string>({ clock: new VirtualClock(), call }).read(["a", "?"], request);
    expect(read.get("?")).toMatchObject({ ok: false, problem: { kind: "notFound" } });
  });

  it("the bad keys of one owner hold up neither another's nor what was read before", async () => {
    const clock = new VirtualClock();
    const bad = new Set(Array.from({ length: 60 }, (_, index) => `bad${index}`));
    const requests: { keys: number; search: boolean }[] = [];
    const answered: string[] = [];
    let open = true;
    const request: FetchTogether<string> = async (some, search) => {
      // The search gets no turn as long as others want something.
      if (search && open) await new Promise<void>((resolve) => void clock.setTimer(resolve, 60_000));
      requests.push({ keys: some.length, search });
      if (some.some((key) => bad.has(key))) throw refusal("RuleNotFoundException");
      return new Map(some.map((key) => [key, key]));
    };
    const isolation = createIsolation<string>({ clock, call });
    const reading = {
      ownerOf: (key: string) => (bad.has(key) ? "hostile" : key.slice(0, 1)),
      answer: (key: string) => void answered.push(key),
    };
    await isolation.read(["known1", "known2"], request, reading);
    requests.length = 0;
    answered.length = 0;
    const all = isolation.read([...bad, "known1", "known2", "new1", "other1", "new2"], request, reading);
    await clock.advance(0);
    expect(answered.sort()).toEqual(["known1", "known2", "new1", "new2", "other1"]);
    expect(requests).toEqual([
      { keys: 65, search: false },
      { keys: 2, search: false },
      { keys: 60, search: false },
      { keys: 2, search: false },
      { keys: 1, search: false },
    ]);
    open = false;
    await clock.advance(60_000);
    expect([...(await all).values()].filter(({ ok }) => !ok)).toHaveLength(60);
    // Their rest over, one of each owner is asked about, then the next: nobody stands behind sixty.
    bad.delete("bad7");
    await clock.advance(20_000);
    requests.length = 0;
    await isolation.read([...bad], request, reading);
    expect(requests.every(({ keys: count, search }) => count === 1 && search)).toBe(true);
  });
});
