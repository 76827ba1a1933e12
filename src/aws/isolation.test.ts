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
});
