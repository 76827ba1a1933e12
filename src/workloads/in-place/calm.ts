import { type InPlaceDeployment, isRestless } from "./objects.ts";

/** The Deployment controller's next write would make a conflict of ours: it is waited for, but not for long. */
const PATIENCE_MS = 2_000;

/** Since when Deployments (by UID) have been waited for that their controller is about to write. */
export class Calm {
  readonly #monotonic: () => number;
  readonly #since = new Map<string, number>();

  constructor(monotonic: () => number) {
    this.#monotonic = monotonic;
  }

  isAwaited(deployment: InPlaceDeployment): boolean {
    const { uid = "" } = deployment.metadata;
    const now = this.#monotonic();
    const since = this.#since.get(uid) ?? now;
    const waits = isRestless(deployment) && now - since < PATIENCE_MS;
    if (waits) this.#since.set(uid, since);
    else this.#since.delete(uid);
    return waits;
  }
}
