import type { CloudWatchClient } from "@aws-sdk/client-cloudwatch";
import { createBudget, type RequestBudget } from "../aws/budget.ts";
import { within } from "../aws/deadline.ts";
import type { AlarmRead } from "../core/observed.ts";
import type { Clock } from "../runtime/clock.ts";
import { type HistoryAnswer, judgeHistory, readHistory } from "./alarm-history.ts";

/** CloudWatch allows 3 DescribeAlarmHistory a second in an account and region; this leaves room for people. */
const rate = { burst: 2, perSecond: 2 };
const lookupMs = 5_000;

interface Known {
  readonly transitionedAt: string;
  readonly answer: HistoryAnswer;
}

export interface HistoryLookupsOptions {
  readonly client: () => CloudWatchClient;
  readonly clock: Clock;
  /** Called when an answer is there. */
  readonly onAnswer: (name: string, answer: HistoryAnswer) => void;
}

const keyOf = (name: string, since: string): string => `${since} ${name}`;

/** Lookups of one region: each question is asked once, slowly, and again only when the alarm moved on. */
export class HistoryLookups {
  readonly #options: HistoryLookupsOptions;
  readonly #budget: RequestBudget;
  readonly #known = new Map<string, Known>();
  readonly #running = new Set<string>();
  readonly #stopped = new AbortController();

  constructor(options: HistoryLookupsOptions) {
    this.#options = options;
    this.#budget = createBudget(options.clock, rate);
  }

  /** The answer for an alarm as it was read, when there is one. */
  answer(read: AlarmRead, since: string): HistoryAnswer | undefined {
    const known = this.#known.get(keyOf(read.name, since));
    return known && known.transitionedAt === read.transitionedAt ? known.answer : undefined;
  }

  /** Asks when the alarm is quiet now and has changed its state since the baseline. */
  want(read: AlarmRead, since: string): void {
    const moved = read.transitionedAt !== undefined && read.transitionedAt !== since;
    if (read.outcome !== "read" || read.state === "ALARM" || !moved) return;
    const key = keyOf(read.name, since);
    const before = this.answer(read, since);
    if (before === "fired" || before === "quiet" || this.#running.has(key)) return;
    this.#running.add(key);
    void this.#ask(read, since, read.transitionedAt ?? "").finally(() => this.#running.delete(key));
  }

  /** Forgets questions that nobody asks any more. */
  keep(wanted: (name: string, since: string) => boolean): void {
    for (const key of this.#known.keys()) {
      const cut = key.indexOf(" ");
      if (!wanted(key.slice(cut + 1), key.slice(0, cut))) this.#known.delete(key);
    }
  }

  stop(): void {
    this.#stopped.abort();
  }

  async #ask(read: AlarmRead, since: string, transitionedAt: string): Promise<void> {
    const { client, clock, onAnswer } = this.#options;
    const { signal } = this.#stopped;
    let answer: HistoryAnswer = "unknown";
    try {
      await this.#budget.take("capacity", signal);
      const items = await within(
        lookupMs,
        signal,
        (inner) => readHistory(client(), read.name, since, inner),
        clock,
      );
      answer = judgeHistory(items, since, read.state);
    } catch {
      // Throttled, denied, hung: it cannot be told, and the next poll asks again.
    }
    if (signal.aborted) return;
    this.#known.set(keyOf(read.name, since), { transitionedAt, answer });
    onAnswer(read.name, answer);
  }
}
