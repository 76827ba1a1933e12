import { revisionName } from "../../src/api/revision.ts";
import type { PodObject } from "../../src/workloads/slots/objects.ts";
import type { SlotsSpec } from "../../src/workloads/slots/slots-spec.ts";

export const groupA =
  "arn:aws:elasticloadbalancing:us-east-1:000000000000:targetgroup/sentiment-a/0000000000000001";
export const groupB =
  "arn:aws:elasticloadbalancing:us-east-1:000000000000:targetgroup/sentiment-b/0000000000000002";

/** What of a ModelRollout with a template and an ALB concerns its slots. */
export function slotsSpec(changes: Partial<SlotsSpec> = {}): SlotsSpec {
  return {
    namespace: "prod",
    name: "sentiment",
    uid: "11111111-1111-1111-1111-111111111111",
    matchLabels: { app: "sentiment" },
    content: {
      template: {
        metadata: { labels: { app: "sentiment" } },
        spec: { containers: [{ name: "server", image: "registry.example/sentiment:v8" }] },
      },
      model: { name: "sentiment", version: "v8", uri: "s3://models/sentiment/v8" },
    },
    service: { port: 8080, targetPort: "http" },
    groups: { a: groupA, b: groupB },
    binding: { targetType: "ip" },
    ...changes,
  };
}

/** The spec's content under the name that today's hash gives it. */
export function named(spec: SlotsSpec) {
  return { revision: revisionName(spec.content), content: spec.content };
}

/** A pod of a slot, Ready unless told otherwise. */
export function pod(
  name: string,
  options: {
    readonly revision: string;
    readonly slot?: "a" | "b";
    readonly ip?: string;
    readonly ready?: boolean;
    readonly terminating?: boolean;
    readonly phase?: string;
    readonly status?: PodObject["status"];
  },
): PodObject {
  const { revision, slot = "a", ip, ready = true, terminating = false, phase = "Running", status } = options;
  return {
    metadata: {
      name,
      namespace: "prod",
      uid: name,
      labels: {
        app: "sentiment",
        "modelrollout.dev/rollout": "sentiment",
        "modelrollout.dev/slot": slot,
        "modelrollout.dev/revision": revision,
      },
      ...(terminating ? { deletionTimestamp: "2026-01-01T00:00:00Z" } : {}),
    },
    status: {
      phase,
      ...(ip === undefined ? {} : { podIP: ip, podIPs: [{ ip }] }),
      conditions: [{ type: "Ready", status: ready ? "True" : "False" }],
      ...status,
    },
  };
}
