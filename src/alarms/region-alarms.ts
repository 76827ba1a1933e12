import { type CloudWatchClient, DescribeAlarmsCommand } from "@aws-sdk/client-cloudwatch";
import type { Aws } from "../aws/clients.ts";
import { within } from "../aws/deadline.ts";
import { createIsolation, type Isolation } from "../aws/isolation.ts";
import type { AlarmRead } from "../core/observed.ts";
import type { Clock, Random } from "../runtime/clock.ts";
import { type AlarmFacts, alarmRead, factsOfPage } from "./alarm-read.ts";
import { HistoryLookups } from "./history-lookups.ts";

export interface RegionAlarmsOptions {
  readonly aws: Aws;
  readonly clock: Clock;
  readonly region: string;
  readonly intervalMs: number;
  readonly random: Random;
  /** Names whose reads are new; `firing` are those of them that came into ALARM, now or in their history. */
  readonly onRead: (names: readonly string[], firing: ReadonlySet<string>) => void;
}

/** AlarmNames per DescribeAlarms (API reference). */
const chunkSize = 100;
/** Wishes within this time go out together. */
const windowMs = 20;
/** Least time between two polls on demand. */
const spacingMs = 1_000;

/** Baselines by alarm name: what the region shall watch. */
export type Watched = ReadonlyMap<string, ReadonlySet<string>>;

async function describe(
  client: CloudWatchClient,
  names: readonly string[],
  signal: AbortSignal,
): Promise<ReadonlyMap<string, AlarmFacts>> {
  const found = new Map<string, AlarmFacts>();
  let token: string | undefined;
  do {
    const page = await client.send(
      new DescribeAlarmsCommand({
        AlarmNames: [...names],
        // Left out, composite and log alarms are not in the answer although they were named.
        AlarmTypes: ["MetricAlarm", "CompositeAlarm", "LogAlarm"],
        MaxRecords: 100,
        ...(token === undefined ? {} : { NextToken: token }),
      }),
      { abortSignal: signal },
    );
    for (const [name, facts] of factsOfPage(page)) found.set(name, facts);
    token = page.NextToken;
  } while (token !== undefined && token !== "");
  return found;
}

/** Polls the alarms of one region, for the whole fleet and only while there are any. */
export class RegionAlarms {
  readonly #options: RegionAlarmsOptions;
  readonly #isolation: Isolation<AlarmFacts>;
  readonly #lookups: HistoryLookups;
  readonly #reads = new Map<string, AlarmRead>();
  /** When the read in `#reads` began, by the monotonic clock: an older answer that comes late is dropped. */
  readonly #begun = new Map<string, number>();
  readonly #due = new Set<string>();
  readonly #stopped = new AbortController();
  #watched: Watched = new Map();
  #cancelNext: (() => void) | undefined;
  #cancelKick: (() => void) | undefined;
  #lastKick = Number.NEGATIVE_INFINITY;

  constructor(options: RegionAlarmsOptions) {
    const { aws, clock, region } = options;
    this.#options = options;
    this.#isolation = createIsolation({
      clock,
      call: { service: "cloudwatch", operation: "DescribeAlarms", region },
      onFailure: ({ kind }) => {
        if (kind === "throttled") aws.budget("cloudwatch", region).throttled();
      },
    });
    this.#lookups = new HistoryLookups({
      client: () => aws.cloudWatch(region),
      clock,
      onAnswer: (name, answer) => options.onRead([name], new Set(answer === "fired" ? [name] : [])),
    });
  }

  /** Replaces what is watched; names not read yet are read at once. */
  watch(watched: Watched): void {
    this.#watched = watched;
    for (const name of this.#reads.keys()) if (!watched.has(name)) this.#forget(name);
    this.#lookups.keep((name, since) => watched.get(name)?.has(since) === true);
    if (watched.size === 0) {
      this.#sleep();
      return;
    }
    const unread = [...watched.keys()].filter((name) => !this.#reads.has(name));
    for (const name of unread) this.#due.add(name);
    if (unread.length > 0) this.#kick(windowMs);
    for (const read of this.#reads.values()) this.#wantHistory(read);
    if (this.#cancelNext === undefined) this.#schedule();
  }

  /** Polls these names (all: every one) soon; wishes are coalesced and at least a second apart. */
  requestNow(names: Iterable<string> = this.#watched.keys()): void {
    for (const name of names) if (this.#watched.has(name)) this.#due.add(name);
    const sinceLast = this.#options.clock.monotonic() - this.#lastKick;
    if (this.#due.size > 0) this.#kick(Math.max(windowMs, spacingMs - sinceLast));
  }

  latest(name: string, baseline: string | undefined): AlarmRead | undefined {
    const read = this.#reads.get(name);
    if (read === undefined || baseline === undefined) return read;
    const answer = this.#lookups.answer(read, baseline);
    return answer === undefined ? read : { ...read, history: { since: baseline, answer } };
  }

  stop(): void {
    this.#sleep();
    this.#stopped.abort();
    this.#lookups.stop();
  }

  #sleep(): void {
    this.#cancelNext?.();
    this.#cancelKick?.();
    this.#cancelNext = undefined;
    this.#cancelKick = undefined;
    this.#due.clear();
  }

  #forget(name: string): void {
    this.#reads.delete(name);
    this.#begun.delete(name);
    this.#due.delete(name);
  }

  /** A little early by chance, never late: evidence may be two intervals old. */
  #schedule(): void {
    const { clock, intervalMs, random } = this.#options;
    this.#cancelNext = clock.setTimer(
      () => {
        this.#schedule();
        this.#poll([...this.#watched.keys()]);
      },
      intervalMs * (0.85 + 0.15 * random()),
    );
  }

  #kick(delayMs: number): void {
    if (this.#cancelKick) return;
    this.#cancelKick = this.#options.clock.setTimer(() => {
      this.#cancelKick = undefined;
      this.#lastKick = this.#options.clock.monotonic();
      this.#poll([...this.#due]);
    }, delayMs);
  }

  #poll(names: readonly string[]): void {
    for (const name of names) this.#due.delete(name);
    for (let from = 0; from < names.length; from += chunkSize) {
      void this.#pollChunk(names.slice(from, from + chunkSize));
    }
  }

  async #pollChunk(names: readonly string[]): Promise<void> {
    const { aws, clock, region, intervalMs } = this.#options;
    const begun = clock.monotonic();
    const at = clock.now();
    const budget = aws.budget("cloudwatch", region);
    // Shorter than the interval: a hung call is over before the next poll begins.
    const timeoutMs = Math.min(5_000, intervalMs * 0.8);
    const answers = await this.#isolation.read(names, (some) =>
      within(
        timeoutMs,
        this.#stopped.signal,
        async (signal) => {
          await budget.take("capacity", signal);
          return describe(aws.cloudWatch(region), some, signal);
        },
        clock,
      ),
    );
    if (this.#stopped.signal.aborted) return;
    const fresh: string[] = [];
    const firing = new Set<string>();
    for (const name of names) {
      const answer = answers.get(name);
      const overtaken = (this.#begun.get(name) ?? Number.NEGATIVE_INFINITY) > begun;
      if (answer === undefined || overtaken || !this.#watched.has(name)) continue;
      const before = this.#reads.get(name);
      const read = alarmRead({ name, region, at }, answer, before);
      this.#reads.set(name, read);
      this.#begun.set(name, begun);
      fresh.push(name);
      const known = before?.state === "ALARM" && before.transitionedAt === read.transitionedAt;
      if (read.outcome === "read" && read.state === "ALARM" && !known) firing.add(name);
      this.#wantHistory(read);
    }
    if (fresh.length > 0) this.#options.onRead(fresh, firing);
  }

  #wantHistory(read: AlarmRead): void {
    for (const since of this.#watched.get(read.name) ?? []) this.#lookups.want(read, since);
  }
}
