import type { Destination } from "../../core/observed.ts";
import type { KubeApi } from "../../runtime/kube-api.ts";
import { isReason } from "../../runtime/kube-error.ts";
import type { KubeObject } from "../../runtime/kube-object.ts";
import { destinations, isOurs, pathOf, type RolloutIdentity, type SlotKind, slotName } from "./names.ts";
import { attempt, done, type Outcome } from "./outcome.ts";

/**
 * Which names that a rollout needs are somebody else's. The caches hold only the operator's own Deployments and
 * Services, so a name without an object in them is asked for once, and again when the answer is too old.
 * What is remembered is for messages and for not starting; a write never relies on it.
 */
export class TakenNames {
  readonly #api: KubeApi;
  readonly #answers = new Map<string, { readonly at: number; readonly taken: boolean }>();

  constructor(api: KubeApi) {
    this.#api = api;
  }

  /** Kinds under whose name for this slot there was a foreign object when last asked. */
  of(rollout: RolloutIdentity, destination: Destination): readonly SlotKind[] {
    const all: readonly SlotKind[] = ["Deployment", "Service", "TargetGroupBinding"];
    return all.filter((kind) => this.#answers.get(keyOf(rollout, kind, destination))?.taken === true);
  }

  /** Notes what a write has met. */
  note(
    rollout: RolloutIdentity,
    kind: SlotKind,
    destination: Destination,
    taken: boolean,
    now: number,
  ): void {
    this.#answers.set(keyOf(rollout, kind, destination), { at: now, taken });
  }

  /** Asks for each name, unless an answer is at most `maxAgeMs` old. `now`: any clock that only goes forward. */
  async ask(
    rollout: RolloutIdentity,
    names: ReadonlyArray<{ readonly kind: SlotKind; readonly destination: Destination }>,
    { now, maxAgeMs, signal }: { now: number; maxAgeMs: number; signal?: AbortSignal | undefined },
  ): Promise<Outcome> {
    return await attempt(async () => {
      for (const { kind, destination } of names) {
        const answer = this.#answers.get(keyOf(rollout, kind, destination));
        if (answer !== undefined && now - answer.at <= maxAgeMs) continue;
        const path = pathOf(kind, rollout.namespace, slotName(rollout, destination));
        const found = await getOrNothing(this.#api, path, signal);
        this.note(rollout, kind, destination, found !== undefined && !isOurs(rollout, found), now);
      }
      return done;
    });
  }

  /** Frees what is remembered of a rollout that is gone. */
  forget(rollout: RolloutIdentity): void {
    for (const destination of destinations) {
      for (const kind of ["Deployment", "Service", "TargetGroupBinding"] as const) {
        this.#answers.delete(keyOf(rollout, kind, destination));
      }
    }
  }
}

/** A GET; undefined for what does not exist, be it the object, its namespace or its type. Throws KubeError. */
export async function getOrNothing<T extends KubeObject>(
  api: KubeApi,
  path: string,
  signal: AbortSignal | undefined,
): Promise<T | undefined> {
  try {
    return await api.get<T>(path, signal === undefined ? {} : { signal });
  } catch (error) {
    if (isReason(error, "NotFound")) return undefined;
    throw error;
  }
}

function keyOf(rollout: RolloutIdentity, kind: SlotKind, destination: Destination): string {
  return `${rollout.uid}/${kind}/${destination}`;
}
