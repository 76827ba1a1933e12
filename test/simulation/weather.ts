import type { Dice } from "./dice.ts";
import type { Fate, Refusal, Request, WatchFate, Weather } from "./fate.ts";
import { placeOf } from "./kube/place.ts";

/** How bad the network and the services are, as chances per request. */
export interface Climate {
  readonly kube: Troubles;
  readonly aws: Troubles;
  /** Per watch: it breaks some time; per opening: 410. */
  readonly watchBreaks: number;
  readonly watchExpires: number;
  /** Events are up to so late, and sometimes told twice or from further back. */
  readonly watchDelayMs: number;
  readonly watchRepeats: number;
  readonly watchReplays: number;
}

export interface Troubles {
  readonly conflict: number;
  readonly throttled: number;
  readonly internal: number;
  readonly denied: number;
  readonly lost: number;
  readonly cut: number;
  /** It takes so long that the sender gives up; it may still arrive. */
  readonly hang: number;
  readonly slow: number;
  /** Reads only: answered from the past, up to `staleMs`. */
  readonly stale: number;
  readonly staleMs: number;
}

const none: Troubles = {
  conflict: 0,
  throttled: 0,
  internal: 0,
  denied: 0,
  lost: 0,
  cut: 0,
  hang: 0,
  slow: 0,
  stale: 0,
  staleMs: 0,
};

export const fair: Climate = {
  kube: none,
  aws: none,
  watchBreaks: 0,
  watchExpires: 0,
  watchDelayMs: 20,
  watchRepeats: 0,
  watchReplays: 0,
};

type Kind = Exclude<keyof Troubles, "staleMs">;
const kinds: readonly Kind[] = [
  "conflict",
  "throttled",
  "internal",
  "denied",
  "lost",
  "cut",
  "hang",
  "slow",
  "stale",
];

/** The climate of one seed: some troubles and not others, some strong and some weak (swarm testing). */
export function drawClimate(dice: Dice): Climate {
  const troubles = (): Troubles => {
    const drawn: Record<string, number> = { ...none, staleMs: dice.between(200, 6_000) };
    for (const kind of kinds) if (dice.chance(0.35)) drawn[kind] = dice.pick([0.01, 0.03, 0.1, 0.25]);
    return drawn as unknown as Troubles;
  };
  const some = (...values: readonly number[]): number => (dice.chance(0.4) ? dice.pick(values) : 0);
  return {
    kube: { ...troubles(), stale: 0 },
    aws: { ...troubles(), conflict: 0 },
    watchBreaks: some(0.2, 0.6, 1),
    watchExpires: some(0.1, 0.5),
    watchDelayMs: dice.pick([5, 50, 500, 3_000]),
    watchRepeats: some(0.05, 0.3),
    watchReplays: some(0.1, 0.4),
  };
}

/** What is out of reach at the moment. */
export interface Outages {
  /** Services that answer nobody. */
  readonly services: Set<Request["service"]>;
  /** Hosts that reach nothing at all. */
  readonly hosts: Set<string>;
}

/** The network of a run: a climate, and outages that come and go. Counts what it does. */
export class SeededWeather implements Weather {
  readonly outages: Outages = { services: new Set(), hosts: new Set() };
  readonly faults = new Map<string, number>();
  climate: Climate;
  readonly #dice: Dice;

  constructor(dice: Dice, climate: Climate) {
    this.#dice = dice;
    this.climate = climate;
  }

  fateOf(request: Request): Fate {
    const dice = this.#dice;
    const isKube = request.service === "kubernetes";
    const calm: Fate = isKube
      ? { goMs: dice.between(1, 8), backMs: dice.between(1, 8) }
      : { goMs: dice.between(8, 60), backMs: dice.between(8, 60) };
    if (this.outages.hosts.has(request.host) || this.outages.services.has(request.service))
      return this.#away(request, calm);
    const troubles = isKube ? this.climate.kube : this.climate.aws;
    const drawn = dice.random();
    let sum = 0;
    for (const kind of kinds) {
      sum += troubles[kind];
      if (drawn < sum) return this.#met(kind, request, calm, troubles);
    }
    return calm;
  }

  watchFateOf(host: string, path: string): WatchFate {
    const dice = this.#dice;
    const { watchBreaks, watchExpires, watchDelayMs, watchRepeats, watchReplays } = this.climate;
    const away = this.outages.hosts.has(host) || this.outages.services.has("kubernetes");
    const refused: Refusal | undefined = away
      ? "unavailable"
      : dice.chance(watchExpires)
        ? "gone"
        : undefined;
    if (refused) this.#count(`watch ${refused}`);
    const breaks = dice.chance(watchBreaks);
    const replay = dice.chance(watchReplays) ? dice.whole(1, 6) : 0;
    if (breaks) this.#count("watch broken");
    if (replay > 0) this.#count("watch replayed");
    placeOf(path);
    return {
      goMs: dice.between(1, 10),
      ...(refused ? { refused } : {}),
      delayMs: () => watchDelayMs * dice.random() ** 3,
      ...(breaks ? { breaksInMs: dice.between(500, 60_000) } : {}),
      repeats: () => {
        const again = dice.chance(watchRepeats);
        if (again) this.#count("event repeated");
        return again;
      },
      replay,
    };
  }

  /** Nobody answers: some senders are told at once, others wait. */
  #away({ service }: Request, calm: Fate): Fate {
    this.#count(`${service} away`);
    return this.#dice.chance(0.5) ? { ...calm, cut: true } : { ...calm, goMs: 3_600_000, cut: true };
  }

  #met(kind: Kind, request: Request, calm: Fate, troubles: Troubles): Fate {
    const { service, isWrite } = request;
    if ((kind === "stale" && isWrite) || (kind === "conflict" && !isWrite)) return calm;
    this.#count(`${service} ${kind}`);
    const dice = this.#dice;
    const fates: Readonly<Record<Kind, () => Fate>> = {
      lost: () => ({ ...calm, lost: true }),
      cut: () => ({ ...calm, cut: true }),
      hang: () => ({ ...calm, goMs: dice.between(3_000, 25_000) }),
      slow: () => ({ goMs: dice.between(200, 2_500), backMs: dice.between(200, 2_500) }),
      stale: () => ({ ...calm, staleMs: dice.between(0, troubles.staleMs) }),
      throttled: () => ({ ...calm, refused: service === "kubernetes" ? "tooMany" : "throttled" }),
      conflict: () => ({ ...calm, refused: "conflict" }),
      internal: () => ({ ...calm, refused: "internal" }),
      denied: () => ({ ...calm, refused: "denied" }),
    };
    return fates[kind]();
  }

  #count(kind: string): void {
    this.faults.set(kind, (this.faults.get(kind) ?? 0) + 1);
  }
}
