import * as fc from "fast-check";
import { expect, test } from "vitest";
import { DelayHeap } from "./delay-heap.ts";

const key = fc.constantFrom("a", "b", "c", "d", "e", "f", "g");
const operation = fc.oneof(
  fc.record({ kind: fc.constant("set" as const), key, dueAt: fc.integer({ min: 0, max: 20 }) }),
  fc.record({ kind: fc.constant("remove" as const), key }),
  fc.record({ kind: fc.constant("pop" as const), now: fc.integer({ min: 0, max: 20 }) }),
);

test("a heap is a map from key to due time, popped in order", () => {
  fc.assert(
    fc.property(fc.array(operation, { maxLength: 60 }), (operations) => {
      const heap = new DelayHeap();
      const model = new Map<string, number>();
      for (const op of operations) {
        if (op.kind === "set") {
          heap.set(op.key, op.dueAt);
          model.set(op.key, op.dueAt);
        } else if (op.kind === "remove") {
          expect(heap.remove(op.key)).toBe(model.delete(op.key));
        } else {
          const earliest = Math.min(...model.values());
          const popped = heap.popDue(op.now);
          if (earliest > op.now) expect(popped).toBeUndefined();
          else expect(model.get(popped ?? "")).toBe(earliest);
          model.delete(popped ?? "");
        }
        expect(heap.size).toBe(model.size);
        expect(heap.earliest).toBe(model.size === 0 ? undefined : Math.min(...model.values()));
        for (const [name, dueAt] of model) expect(heap.dueAt(name)).toBe(dueAt);
      }
    }),
  );
});
