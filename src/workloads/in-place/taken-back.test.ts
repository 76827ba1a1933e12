import { expect, test } from "vitest";
import type { InPlaceDeployment } from "./objects.ts";
import { takenBackNote, takenBackOf } from "./taken-back.ts";

const noted = (note: string | undefined, mark: "released" | "adopted" = "released") =>
  takenBackOf({
    metadata: {
      name: "sentiment",
      namespace: "prod",
      labels: { "modelrollout.dev/adopted": "sentiment", [`modelrollout.dev/${mark}`]: "sentiment" },
      ...(note === undefined ? {} : { annotations: { "modelrollout.dev/taken-back": note } }),
    },
  } as unknown as InPlaceDeployment);

test("a note says what it was made of", () => {
  const plain = { release: "9c02ab34ef-1", reason: "AlarmFiring" } as const;
  expect(takenBackNote(plain)).toBe("9c02ab34ef-1 AlarmFiring");
  expect(noted(takenBackNote(plain))).toEqual(plain);
  const followed = { ...plain, reason: "Superseded", next: "0123456789" } as const;
  expect(noted(takenBackNote(followed))).toEqual(followed);
});

test.each([
  [undefined],
  [""],
  ["9c02ab34ef-1"],
  ["9c02ab34ef-1 Whatever"],
  ["9c02ab34ef-1 toString"],
  ["a AlarmFiring b c"],
])("no note, or one that somebody else wrote: %s", (note) => {
  expect(noted(note)).toBeUndefined();
});

test("a note that was left from before says nothing: no release runs", () => {
  expect(noted("9c02ab34ef-1 AlarmFiring", "adopted")).toBeUndefined();
});
