import { describe, expect, test } from "vitest";
import { slotsSpec } from "../../../test/workloads/samples.ts";
import { revisionName } from "../../api/revision.ts";
import { parseRevision, renderRevision, resolveWanted, storedRevisionsOf } from "./revisions.ts";

const spec = slotsSpec();
const { content } = spec;

describe("the wanted revision", () => {
  test("is today's hash of a content that is not stored", () => {
    expect(resolveWanted(content, [])).toEqual({
      revision: revisionName(content),
      hashVersion: "1",
      modelVersion: "v8",
    });
  });

  test("keeps the name it was stored under, whatever today's hash says", () => {
    const stored = [{ revision: "00000000ff", hashVersion: "0", content }];
    expect(resolveWanted(structuredClone(content), stored)).toEqual({
      revision: "00000000ff",
      hashVersion: "0",
      modelVersion: "v8",
    });
  });

  test("does not change with the order of keys or with nulls", () => {
    const { metadata, spec: pods } = content.template;
    const reordered = {
      model: { uri: "s3://models/sentiment/v8", version: "v8", name: "sentiment" },
      template: { spec: pods, metadata: { ...metadata, creationTimestamp: null } },
    };
    const stored = [{ revision: "00000000ff", hashVersion: "0", content }];
    expect(resolveWanted(reordered, stored).revision).toBe("00000000ff");
    expect(resolveWanted(reordered, []).revision).toBe(revisionName(content));
  });

  test("is another one when only the model's version changes", () => {
    const next = { ...content, model: { ...content.model, version: "v9" } };
    const stored = [{ revision: revisionName(content), hashVersion: "1", content }];
    expect(resolveWanted(next, stored).revision).not.toBe(revisionName(content));
    expect(resolveWanted(next, stored).modelVersion).toBe("v9");
  });

  test("has a destination without a workload", () => {
    expect(resolveWanted({ destination: "b" }, [])).toMatchObject({ destination: "b" });
  });
});

describe("stored revisions", () => {
  const stored = { revision: "00000000ff", hashVersion: "0", content };

  test("come back as they were stored", () => {
    const object = renderRevision(spec, stored);
    expect(object.metadata.name).toBe("sentiment-00000000ff");
    expect(parseRevision(JSON.parse(JSON.stringify(object)))).toEqual(stored);
  });

  test("are listed oldest first, without those of an earlier rollout of the same name or being deleted", () => {
    const made = (revision: string, creationTimestamp: string, more: object = {}) => {
      const object = renderRevision(spec, { ...stored, revision });
      return { ...object, metadata: { ...object.metadata, creationTimestamp, ...more } };
    };
    const objects = [
      made("b", "2026-01-02T00:00:00Z"),
      made("a", "2026-01-01T00:00:00Z"),
      made("c", "2026-01-03T00:00:00Z", { deletionTimestamp: "2026-01-04T00:00:00Z" }),
      renderRevision({ ...spec, uid: "another" }, stored),
    ];
    expect(storedRevisionsOf(spec, objects).map(({ revision }) => revision)).toEqual(["a", "b"]);
  });

  test.each([undefined, null, "text", {}, { hashVersion: "1" }, { hashVersion: 1, template: {} }])(
    "are passed over when the data is %j",
    (data) => {
      expect(parseRevision({ ...renderRevision(spec, stored), data })).toBeUndefined();
    },
  );
});
