import { expect, test } from "vitest";
import { foreignWeights, thingsToTry } from "./things-to-try.ts";
import { plain } from "./view/cells.ts";

test("every command is one line that a shell takes, also with odd paths", () => {
  const lines = thingsToTry(
    {
      kubeconfig: "/tmp/it's here/kubeconfig",
      kubectl: "/cache/kubectl",
      awsEndpoint: "http://127.0.0.1:4321",
      node: "/my node/bin/node",
      awsScript: "/project/demo/aws.ts",
      goodYaml: "/tmp/v10.yaml",
      badYaml: "/tmp/v11-bad.yaml",
    },
    [foreignWeights],
  ).map(plain);
  expect(lines).toContain("    export KUBECONFIG='/tmp/it'\\''s here/kubeconfig'");
  expect(lines).toContain("    alias aws-demo=''\\''/my node/bin/node'\\'' /project/demo/aws.ts'");
  expect(lines).toContain("    aws-demo set-weights a=50 b=50");
  expect(lines).toContain("    kubectl apply -f /tmp/v11-bad.yaml");
});
