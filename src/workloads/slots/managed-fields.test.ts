import { expect, test } from "vitest";
import { claimSpec } from "./managed-fields.ts";

const posted = {
  manager: "modelrollout",
  operation: "Update",
  apiVersion: "apps/v1",
  fieldsType: "FieldsV1",
  fieldsV1: { "f:metadata": { "f:labels": { "f:x": {} } }, "f:spec": { "f:replicas": {}, "f:template": {} } },
};
const controller = {
  manager: "kube-controller-manager",
  operation: "Update",
  subresource: "status",
  fieldsV1: { "f:status": { "f:replicas": {} } },
};

test("what was posted becomes what was applied", () => {
  expect(claimSpec([posted, controller])).toEqual([
    {
      manager: "modelrollout",
      operation: "Apply",
      apiVersion: "apps/v1",
      fieldsType: "FieldsV1",
      fieldsV1: { "f:spec": { "f:replicas": {}, "f:template": {} } },
    },
    { ...posted, fieldsV1: { "f:metadata": { "f:labels": { "f:x": {} } } } },
    controller,
  ]);
});

test("what others hold in spec becomes ours, what they hold elsewhere stays theirs", () => {
  const applied = { ...posted, operation: "Apply" };
  const edited = {
    manager: "kubectl-set",
    operation: "Update",
    fieldsV1: { "f:metadata": { "f:annotations": {} }, "f:spec": { "f:template": { "f:env": {} } } },
  };
  const [ours, theirs] = claimSpec([applied, edited]) as Array<{ fieldsV1: object }>;
  expect(ours?.fieldsV1).toEqual({
    ...applied.fieldsV1,
    "f:spec": { "f:replicas": {}, "f:template": { "f:env": {} } },
  });
  expect(theirs).toEqual({ ...edited, fieldsV1: { "f:metadata": { "f:annotations": {} } } });
});

test("only the named keys are claimed where others fill in the rest", () => {
  const binding = { ...posted, fieldsV1: { "f:spec": { "f:networking": {}, "f:vpcID": {} } } };
  expect(claimSpec([binding], ["networking"])).toMatchObject([
    { operation: "Apply", fieldsV1: { "f:spec": { "f:networking": {} } } },
    { operation: "Update", fieldsV1: { "f:spec": { "f:vpcID": {} } } },
  ]);
});

test("nothing changes when all of it is ours already", () => {
  expect(claimSpec([{ ...posted, operation: "Apply" }, controller])).toBeUndefined();
  expect(claimSpec(undefined)).toBeUndefined();
});
