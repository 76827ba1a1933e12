import { isExpired, type KubeError } from "./kube-error.ts";
import type { KubeList, KubeObject, WatchEvent } from "./kube-object.ts";

/**
 * List-watch as a state machine: from a state and what just happened to the next state, what to do to the store,
 * and what to do next. Pure: no clock, no sockets, no randomness; reflector.ts performs what comes out.
 *
 *     start ──> listing ──pages──> watching ──events──> watching
 *                  ^  ^               │  │ cut, ended soon, 5xx, 429
 *                  │  └── failed ─┐   │  └──> waiting ──> watching from the same version
 *                  └── waiting <──┴───┘ expired (410), refused (4xx), or a server that fails five times
 *
 * - *Listing*: pages of 500, at no given version (a consistent read, never an old one from a cache behind). The
 *   pages are collected and handed over as a whole, so the store never shows half a list. When a continue token
 *   has expired, the list is taken again in one piece: a cluster in which pages are slower than compaction would
 *   otherwise never be listed.
 * - *Watching*: every event moves the version on. A cut resumes from it and loses nothing. A version the server
 *   no longer has (410, at the opening or as an ERROR event) means listing again.
 * - *Waiting*: every failure waits, longer with each in a row; the wait's length is the reflector's to draw.
 *   Only progress (an event, a bookmark, a watch that lived) ends the row. So a server that answers 410 to every
 *   watch is listed once at once and then ever more slowly, not in a loop.
 * - A watch that the server ends in good order is opened again at once, if it had lived: that is how all end. So
 *   is one that fell silent: the API server sends bookmarks only for versions newer than the one the watch began
 *   at (measured on 1.36), so silence may also mean that nothing of that type changes, and must not open a gap.
 */
export type ListWatchState =
  | {
      readonly at: "listing";
      readonly failures: number;
      readonly paged: boolean;
      readonly items: readonly KubeObject[];
      readonly continue?: string;
    }
  | {
      readonly at: "watching";
      readonly failures: number;
      readonly version: string;
    }
  | {
      readonly at: "waiting";
      readonly failures: number;
      readonly atLeastMs: number;
      readonly next: "list" | "list whole" | { readonly watchFrom: string };
    };

export type ListWatchInput =
  | { readonly type: "page"; readonly page: KubeList }
  | { readonly type: "event"; readonly event: Exclude<WatchEvent, { type: "ERROR" }> }
  /** The list or the watch failed, at its opening or later; an ERROR event too. */
  | { readonly type: "failed"; readonly error: KubeError }
  /** The server ended the watch in good order. */
  | { readonly type: "ended"; readonly livedMs: number }
  /** Nothing came for longer than bookmarks take. */
  | { readonly type: "silent" }
  /** The wait is over. */
  | { readonly type: "waited" };

/** What becomes of the store. */
export type StoreEffect =
  | { readonly type: "none" }
  | { readonly type: "replace"; readonly items: readonly KubeObject[]; readonly version: string }
  | { readonly type: "upsert"; readonly object: KubeObject }
  | { readonly type: "remove"; readonly object: KubeObject }
  | { readonly type: "advance"; readonly version: string };

export interface ListWatchStep {
  readonly state: ListWatchState;
  readonly effect: StoreEffect;
}

/** Shorter-lived watches count as failures: something between us and the server cuts them off. */
const livedWellMs = 5_000;
/** A server that keeps failing on one version may have lost it (restored from a backup): list again then. */
const failuresBeforeRelist = 5;

const none: StoreEffect = { type: "none" };

/** Where it begins. */
export const initialState: ListWatchState = { at: "listing", failures: 0, paged: true, items: [] };

/** Throws for an input that the state cannot have caused: a mistake in the caller. */
export function step(state: ListWatchState, input: ListWatchInput): ListWatchStep {
  switch (state.at) {
    case "listing":
      if (input.type === "page") return paged(state, input.page);
      if (input.type === "failed") return { state: listFailed(state, input.error), effect: none };
      break;
    case "watching":
      return watching(state, input);
    case "waiting":
      if (input.type === "waited") return { state: waited(state), effect: none };
      break;
  }
  throw new Error(`list-watch: ${input.type} while ${state.at}`);
}

type Listing = Extract<ListWatchState, { at: "listing" }>;
type Watching = Extract<ListWatchState, { at: "watching" }>;
type Waiting = Extract<ListWatchState, { at: "waiting" }>;

function paged(state: Listing, page: KubeList): ListWatchStep {
  const items = [...state.items, ...page.items.map((item) => withKind(item, page))];
  const next = page.metadata.continue;
  if (next !== undefined && next !== "") return { state: { ...state, items, continue: next }, effect: none };
  const version = page.metadata.resourceVersion ?? "";
  return {
    // The failures stay: a list proves nothing about the watch, and only the watch's progress ends the row.
    state: { at: "watching", failures: state.failures, version },
    effect: { type: "replace", items, version },
  };
}

function listFailed(state: Listing, error: KubeError): ListWatchState {
  const whole = !state.paged || (state.continue !== undefined && isExpired(error));
  return wait(state.failures + 1, whole ? "list whole" : "list", error.retryAfterMs);
}

function watching(state: Watching, input: ListWatchInput): ListWatchStep {
  switch (input.type) {
    case "event":
      return observed(state, input.event);
    case "ended":
      if (input.livedMs >= livedWellMs) return { state: { ...state, failures: 0 }, effect: none };
      return { state: wait(state.failures + 1, { watchFrom: state.version }), effect: none };
    case "silent":
      // At once: it took long enough, and a type that nobody touches may have no bookmarks to show.
      return { state, effect: none };
    case "failed":
      return { state: watchFailed(state, input.error), effect: none };
    default:
      throw new Error(`list-watch: ${input.type} while watching`);
  }
}

function observed(state: Watching, event: Exclude<WatchEvent, { type: "ERROR" }>): ListWatchStep {
  const version = event.object.metadata.resourceVersion ?? state.version;
  const next: Watching = { at: "watching", failures: 0, version };
  if (event.type === "BOOKMARK") return { state: next, effect: { type: "advance", version } };
  const type = event.type === "DELETED" ? "remove" : "upsert";
  return { state: next, effect: { type, object: event.object } };
}

function watchFailed(state: Watching, error: KubeError): ListWatchState {
  const failures = state.failures + 1;
  if (isExpired(error)) {
    if (state.failures === 0) return { ...initialState, failures };
    return wait(failures, "list", error.retryAfterMs);
  }
  const refused = error.code !== undefined && error.code >= 400 && error.code < 500 && error.code !== 429;
  const stuck = error.code !== undefined && error.code >= 500 && failures >= failuresBeforeRelist;
  return wait(failures, refused || stuck ? "list" : { watchFrom: state.version }, error.retryAfterMs);
}

function wait(failures: number, next: Waiting["next"], atLeastMs = 0): ListWatchState {
  return { at: "waiting", failures, atLeastMs, next };
}

function waited(state: Waiting): ListWatchState {
  const { next, failures } = state;
  if (typeof next === "object") return { at: "watching", failures, version: next.watchFrom };
  return { at: "listing", failures, paged: next === "list", items: [] };
}

/** Built-in types come without kind and apiVersion in a list, and with them in a watch: make both the same. */
function withKind(item: KubeObject, list: KubeList): KubeObject {
  if (item.kind !== undefined || list.kind === undefined || list.apiVersion === undefined) return item;
  return { apiVersion: list.apiVersion, kind: list.kind.replace(/List$/, ""), ...item };
}
