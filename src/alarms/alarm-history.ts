import {
  type AlarmHistoryItem,
  type CloudWatchClient,
  DescribeAlarmHistoryCommand,
} from "@aws-sdk/client-cloudwatch";
import type { AlarmRead } from "../core/observed.ts";

/** What the history since a baseline came to. */
export type HistoryAnswer = NonNullable<AlarmRead["history"]>["answer"];

/** One change of state. */
interface Transition {
  readonly at: number;
  readonly from: string | undefined;
  readonly to: string | undefined;
}

const stateIn = (value: unknown, key: string): string | undefined => {
  const state = (value as Readonly<Record<string, { readonly stateValue?: unknown } | undefined>> | null)?.[
    key
  ];
  return typeof state?.stateValue === "string" ? state.stateValue : undefined;
};

/** HistoryData is JSON with oldState and newState; the summary says `Alarm updated from OK to ALARM`. */
function transitionOf(item: AlarmHistoryItem): Transition {
  const at = item.Timestamp?.getTime() ?? Number.NaN;
  const [, from, to] = /from (\w+) to (\w+)/.exec(item.HistorySummary ?? "") ?? [];
  try {
    const data: unknown = JSON.parse(item.HistoryData ?? "null");
    return { at, from: stateIn(data, "oldState") ?? from, to: stateIn(data, "newState") ?? to };
  } catch {
    return { at, from, to };
  }
}

/** History and StateTransitionedTimestamp may date one and the same change this far apart. */
const sameChangeMs = 1_000;

/**
 * Was the alarm in ALARM since `since` (its StateTransitionedTimestamp then), given that it is in `state` now?
 * Only a history that holds the last change says quiet: one that lags behind, or cannot be read, says unknown.
 */
export function judgeHistory(
  items: readonly AlarmHistoryItem[],
  since: string,
  state: AlarmRead["state"],
): HistoryAnswer {
  const baseline = Date.parse(since);
  const all = items.map(transitionOf).sort((one, two) => one.at - two.at);
  if (Number.isNaN(baseline) || all.some(({ at, to }) => Number.isNaN(at) || to === undefined))
    return "unknown";
  const after = all.filter(({ at }) => at > baseline);
  if (after.some(({ to }) => to === "ALARM")) return "fired";
  // Leaving ALARM without having entered it: either the baseline's own change, or the entry got lost.
  const later = after.filter(({ at, from }) => from !== "ALARM" || at > baseline + sameChangeMs);
  if (later.some(({ from }) => from === "ALARM")) return "fired";
  return later.length > 0 && later.at(-1)?.to === state ? "quiet" : "unknown";
}

/** Pages of one lookup; an alarm that changes more often than this within a step cannot be judged. */
const maxPages = 5;

/** Reads the changes of state since a moment; throws what the SDK throws, RangeError when there are too many. */
export async function readHistory(
  client: CloudWatchClient,
  name: string,
  since: string,
  signal: AbortSignal,
): Promise<readonly AlarmHistoryItem[]> {
  const items: AlarmHistoryItem[] = [];
  let token: string | undefined;
  for (let page = 0; page < maxPages; page += 1) {
    const answer = await client.send(
      new DescribeAlarmHistoryCommand({
        AlarmName: name,
        // Left out, only metric alarms are searched.
        AlarmTypes: ["MetricAlarm", "CompositeAlarm", "LogAlarm"],
        HistoryItemType: "StateUpdate",
        StartDate: new Date(Date.parse(since)),
        MaxRecords: 100,
        ScanBy: "TimestampDescending",
        ...(token === undefined ? {} : { NextToken: token }),
      }),
      { abortSignal: signal },
    );
    items.push(...(answer.AlarmHistoryItems ?? []));
    token = answer.NextToken;
    if (token === undefined || token === "") return items;
  }
  throw new RangeError(`${name} changed its state more than ${items.length} times`);
}
