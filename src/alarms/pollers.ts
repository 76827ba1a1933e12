import type { AwsScope, AwsScopes } from "../aws/accounts.ts";
import { type AlarmPoller, type AlarmPollerOptions, createAlarmPoller, type PollListener } from "./poller.ts";

/** Pollers of all roles: an alarm's name says nothing of its account, the namespace's role does. */
export interface AlarmPollers {
  /** The one that namespaces with the same role share. */
  of(namespace: string): AlarmPoller;
  /** Told after every poll of any of them. Returns the way out. */
  onPoll(listener: PollListener): () => void;
  stop(): void;
}

class PollersOfScopes implements AlarmPollers {
  readonly #scopes: AwsScopes;
  readonly #options: Omit<AlarmPollerOptions, "aws">;
  readonly #pollers = new Map<string, AlarmPoller>();
  readonly #listeners = new Set<PollListener>();

  constructor(scopes: AwsScopes, options: Omit<AlarmPollerOptions, "aws">) {
    this.#scopes = scopes;
    this.#options = options;
  }

  of(namespace: string): AlarmPoller {
    const scope = this.#scopes.of(namespace);
    return this.#pollers.get(scope.key) ?? this.#make(scope);
  }

  onPoll(listener: PollListener): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  stop(): void {
    for (const poller of this.#pollers.values()) poller.stop();
    this.#pollers.clear();
    this.#listeners.clear();
  }

  #make({ key, aws }: AwsScope): AlarmPoller {
    const made = createAlarmPoller({ ...this.#options, aws });
    made.onPoll((rollouts, info) => {
      for (const listener of this.#listeners) listener(rollouts, info);
    });
    this.#pollers.set(key, made);
    return made;
  }
}

export function createAlarmPollers(
  scopes: AwsScopes,
  options: Omit<AlarmPollerOptions, "aws">,
): AlarmPollers {
  return new PollersOfScopes(scopes, options);
}
