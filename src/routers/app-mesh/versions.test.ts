import { expect, it } from "vitest";
import { Versions } from "./versions.ts";

const at = (version: number) => ({ version, spec: {}, arn: "" });

it("says nothing of a route that this process has not written", () => {
  expect(new Versions().noteOn(at(7))).toBeUndefined();
});

it("says nothing while nobody else writes", () => {
  const versions = new Versions();
  versions.begin(at(7))(at(8));
  expect(versions.noteOn(at(8))).toBeUndefined();
  versions.begin(at(8))(at(9));
  expect(versions.noteOn(at(9))).toBeUndefined();
});

it("tells of a write since ours, until we write again", () => {
  const versions = new Versions();
  versions.begin(at(7))(at(8));
  expect(versions.noteOn(at(10))).toMatch(/version 10, ours was 8/);
  versions.begin(at(10))(at(11));
  expect(versions.noteOn(at(11))).toBeUndefined();
});

it("tells of a write between our read and our write, which ours has overwritten", () => {
  const versions = new Versions();
  versions.begin(at(7))(at(9));
  expect(versions.noteOn(at(9))).toMatch(/version 7.*version 9.*overwritten/);
  versions.begin(at(9))(at(10));
  expect(versions.noteOn(at(10))).toBeUndefined();
});

it("accuses nobody of a write that may have been our own, late or without an answer", () => {
  const versions = new Versions();
  versions.begin(at(7))(at(8));
  versions.begin(at(8));
  expect(versions.noteOn(at(9))).toBeUndefined();
  const answered = versions.begin(at(8));
  answered(at(10));
  expect(versions.noteOn(at(10))).toBeUndefined();
  expect(versions.noteOn(at(11))).toMatch(/version 11, ours was 10/);
});
