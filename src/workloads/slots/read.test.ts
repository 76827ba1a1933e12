import { describe, expect, test } from "vitest";
import { groupA, named, pod, slotsSpec } from "../../../test/workloads/samples.ts";
import type { HealthRead } from "../../core/observed.ts";
import type { BindingObject, DeploymentObject, PodObject, ServiceObject } from "./objects.ts";
import { readSlot, type SlotObjects } from "./read.ts";
import { RecentAddresses } from "./recent-addresses.ts";
import { renderBinding, renderDeployment, renderService } from "./render.ts";
import type { SlotsSpec } from "./slots-spec.ts";

const spec = slotsSpec();
const { revision } = named(spec);

function deployment(replicas = 2): DeploymentObject {
  const rendered = renderDeployment(spec, "a", named(spec), replicas);
  if (!rendered.ok) throw new Error(rendered.message);
  const { deployment } = rendered;
  return {
    ...deployment,
    metadata: { ...deployment.metadata, uid: "deployment", generation: 2 },
    status: { observedGeneration: 2, replicas },
  };
}

const service = renderService(spec, "a") as ServiceObject;
const binding = renderBinding(spec, "a") as BindingObject;

function objects(changes: Partial<SlotObjects> = {}): SlotObjects {
  return { taken: [], pods: [], bindingsOfGroup: [], recentAddresses: new Set(), ...changes };
}

function health(registered: readonly string[], healthy: readonly string[] = registered): HealthRead {
  return { at: 0, registered, healthy };
}

const read = (changes: Partial<SlotObjects>, of?: HealthRead, rollout: SlotsSpec = spec) =>
  readSlot(rollout, "a", objects(changes), of);

describe("capacity", () => {
  const pods: readonly PodObject[] = [
    pod("ready", { revision, ip: "10.0.0.1" }),
    pod("ready-too", { revision, ip: "10.0.0.2" }),
    pod("loading", { revision, ip: "10.0.0.3", ready: false }),
    pod("leaving", { revision, ip: "10.0.0.4", terminating: true }),
    pod("older", { revision: "0000000000", ip: "10.0.0.5" }),
    pod("evicted", { revision, phase: "Failed" }),
  ];

  test("counts Ready pods of the Deployment's revision that are staying", () => {
    expect(read({ deployment: deployment(), pods })).toMatchObject({ pods: 5, ready: 2 });
  });

  test("counts as serving those whose own address is healthy in the group", () => {
    const of = health(["10.0.0.1", "10.0.0.2", "10.0.0.9"], ["10.0.0.1", "10.0.0.9", "10.0.0.4"]);
    expect(read({ deployment: deployment(), pods }, of).serving).toBe(1);
  });

  test("counts nothing as serving while the group has not been read, or could not be", () => {
    expect(read({ deployment: deployment(), pods }).serving).toBe(0);
    const broken: HealthRead = {
      ...health(["10.0.0.1"]),
      problem: { kind: "throttled", message: "slow down" },
    };
    expect(read({ deployment: deployment(), pods }, broken)).toMatchObject({
      serving: 0,
      foreignTargets: [],
    });
  });

  test("counts all Ready pods as serving where there is no group", () => {
    const { groups: _, binding: __, ...bare } = spec;
    expect(read({ deployment: deployment(), pods }, undefined, bare).serving).toBe(2);
  });

  test("counts all Ready pods behind instance targets as soon as one instance is healthy", () => {
    const found = { deployment: deployment(), pods, binding };
    expect(read(found, health(["i-01", "i-02"], ["i-02"])).serving).toBe(2);
    expect(read(found, health(["i-01", "i-02"], [])).serving).toBe(0);
  });

  test("matches IPv6 addresses in any case, and any address of a pod", () => {
    const status = { phase: "Running", podIP: "10.0.0.1", podIPs: [{ ip: "10.0.0.1" }, { ip: "fd00::A" }] };
    const dual = pod("dual", {
      revision,
      status: { ...status, conditions: [{ type: "Ready", status: "True" }] },
    });
    expect(read({ deployment: deployment(), pods: [dual] }, health(["FD00::a"])).serving).toBe(1);
  });

  test("says nothing of a Deployment that is not there or not ours", () => {
    expect(read({ pods })).toMatchObject({ pods: 5, ready: 0, serving: 0 });
    expect(read({ pods }).deployment).toBeUndefined();
    const other = { ...deployment(), metadata: { ...deployment().metadata, labels: {} } };
    expect(read({ deployment: other, pods })).toMatchObject({
      ready: 0,
      foreign: ["Deployment sentiment-a"],
    });
  });

  test("tells whether the status has caught up with the spec", () => {
    expect(read({ deployment: deployment() }).deployment).toEqual({
      uid: "deployment",
      revision,
      replicas: 2,
      current: true,
      deleting: false,
    });
    const behind = { ...deployment(), status: { observedGeneration: 1 } };
    expect(read({ deployment: behind }).deployment?.current).toBe(false);
  });
});

describe("endpoints", () => {
  const served: ServiceObject = {
    ...service,
    spec: { ...service.spec, clusterIP: "10.96.0.7", sessionAffinity: "None" },
  };

  test("stand with what the API server added to them", () => {
    expect(read({ service: served, binding }).endpoints).toBe(true);
  });

  test.each<[string, Partial<SlotObjects>]>([
    ["no Service", { binding }],
    ["no binding", { service: served }],
    ["another port", { service: { ...served, spec: { ...served.spec, ports: [{ port: 1 }] } }, binding }],
    ["somebody else's Service", { service: { ...served, metadata: { name: "sentiment-a" } }, binding }],
    [
      "a binding on its way out",
      {
        service: served,
        binding: { ...binding, metadata: { ...binding.metadata, deletionTimestamp: "now" } },
      },
    ],
  ])("do not stand with %s", (_, found) => {
    expect(read(found).endpoints).toBe(false);
  });
});

describe("what is not ours", () => {
  test("is named, for each kind the slot needs", () => {
    expect(read({ taken: ["Service", "TargetGroupBinding"] }).foreign).toEqual([
      "Service sentiment-a",
      "TargetGroupBinding sentiment-a",
    ]);
    const { binding: _, ...unbound } = spec;
    expect(read({ taken: ["TargetGroupBinding"] }, undefined, unbound).foreign).toEqual([]);
  });

  test("is not what an earlier GET found, once our own object stands there", () => {
    expect(read({ taken: ["Deployment"], deployment: deployment() }).foreign).toEqual([]);
  });

  test("includes an object made for an earlier rollout of the same name", () => {
    const { metadata } = service;
    const kept = {
      ...service,
      metadata: { ...metadata, labels: { ...metadata.labels, "modelrollout.dev/rollout-uid": "0" } },
    };
    expect(read({ service: kept }).foreign).toEqual(["Service sentiment-a"]);
  });

  test("includes targets that no pod of the slot has, has been having, or had lately", () => {
    const pods = [
      pod("ready", { revision, ip: "10.0.0.1" }),
      pod("leaving", { revision: "0000000000", ip: "10.0.0.2", terminating: true }),
    ];
    const recentAddresses = new Set(["10.0.0.3"]);
    const of = health(["10.0.0.1", "10.0.0.2", "10.0.0.3", "10.0.0.4"]);
    expect(read({ pods, recentAddresses }, of).foreignTargets).toEqual(["10.0.0.4"]);
  });

  test("includes instances only before our own binding stands", () => {
    const of = health(["i-0a"]);
    expect(read({}, of).foreignTargets).toEqual(["i-0a"]);
    expect(read({ binding }, of).foreignTargets).toEqual([]);
  });

  test("includes another binding on the group, wherever it is, unless pods are registered by other means", () => {
    const other: BindingObject = {
      metadata: { namespace: "legacy", name: "old" },
      spec: { targetGroupARN: groupA },
    };
    expect(read({ bindingsOfGroup: [binding, other] }).foreignBinding).toBe("legacy/old");
    expect(read({ bindingsOfGroup: [binding] }).foreignBinding).toBeUndefined();
    const { binding: _, ...unbound } = spec;
    expect(read({ bindingsOfGroup: [other] }, undefined, unbound).foreignBinding).toBeUndefined();
  });
});

describe("addresses seen lately", () => {
  test("are remembered for the given time, per rollout and slot", () => {
    const recent = new RecentAddresses(1_000);
    recent.note("u", "a", ["10.0.0.1"], 0);
    expect([...recent.note("u", "a", ["10.0.0.2"], 1_000)].sort()).toEqual(["10.0.0.1", "10.0.0.2"]);
    expect([...recent.note("u", "a", [], 1_001)]).toEqual(["10.0.0.2"]);
    expect([...recent.note("u", "b", [], 1_001)]).toEqual([]);
    recent.forget("u");
    expect([...recent.note("u", "a", [], 1_002)]).toEqual([]);
  });
});
