import type { AlarmType, HistoryItemType } from "@aws-sdk/client-cloudwatch";

/** One entry of an alarm's history. `at` is ms since the epoch, `data` the JSON text of HistoryData. */
export interface HistoryItem {
  readonly at: number;
  readonly alarmName: string;
  readonly alarmType: AlarmType;
  readonly itemType: HistoryItemType;
  readonly summary: string;
  readonly data: string;
}

/** The newest `limit` entries, oldest first. They outlive the alarm. */
export class AlarmHistory {
  readonly #limit: number;
  readonly #items: HistoryItem[];

  constructor(limit: number, items: HistoryItem[] = []) {
    this.#limit = limit;
    this.#items = items;
  }

  get items(): readonly HistoryItem[] {
    return this.#items;
  }

  add(item: HistoryItem): void {
    this.#items.push(item);
    if (this.#items.length > this.#limit) this.#items.splice(0, this.#items.length - this.#limit);
  }

  /** What the history held at `time`. */
  asOf(time: number): AlarmHistory {
    return new AlarmHistory(
      this.#limit,
      this.#items.filter((item) => item.at <= time),
    );
  }
}
