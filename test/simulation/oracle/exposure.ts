import type { World } from "../world.ts";

type Slot = "a" | "b";
const slots = ["a", "b"] as const;

/** Whether clients may still reach a slot: it has weight somewhere, or a rule's stickiness sends old clients to it. */
export class Exposure {
  readonly #world: World;
  readonly #lastAt: Record<Slot, number> = { a: -Infinity, b: -Infinity };
  /** By rule and slot: when the last cookie for it expires. */
  readonly #cookies = new Map<string, number>();

  constructor(world: World) {
    this.#world = world;
  }

  /** When it was last so; -Infinity for never. */
  lastAt(slot: Slot): number {
    return this.#lastAt[slot];
  }

  /** Looks at the rules as they stand. */
  note(): void {
    const { edge, timeline } = this.#world;
    for (const [index, target] of edge.targets.entries()) {
      const weights = target.weights();
      const seconds = target.sticky();
      for (const slot of slots) {
        const key = `${index}${slot}`;
        if (weights[slot] > 0 && seconds !== undefined)
          this.#cookies.set(key, timeline.now + seconds * 1_000);
        const led = seconds !== undefined && (this.#cookies.get(key) ?? -Infinity) > timeline.now;
        if (weights[slot] > 0 || led) this.#lastAt[slot] = timeline.now;
      }
    }
  }
}
