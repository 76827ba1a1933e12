import type { ModelRollout } from "../../api/types.ts";
import type { Trial } from "../cluster/cluster.ts";

/** One of the questions that are asked before a release begins, as far as it can be asked from here. */
export interface StartGate {
  readonly gate: "template" | "names" | "paused" | "replicas" | "alarms" | "traffic";
  /** open, closed, or nobody can tell from here. */
  readonly answer: "open" | "closed" | "unknown";
  readonly message: string;
}

export interface GateEvidence {
  readonly planned: ModelRollout;
  /** Has its status, where there is one. */
  readonly live?: ModelRollout;
  readonly pods: Trial<unknown>;
  /** Undefined: may not be read. */
  readonly taken?: readonly string[];
}

/** What is known of the start gates without asking AWS. */
export function startGates(evidence: GateEvidence): readonly StartGate[] {
  const { planned, live, pods } = evidence;
  const { spec } = planned;
  const gates: StartGate[] = [];
  if (spec.template !== undefined) {
    gates.push(
      pods.ok
        ? { gate: "template", answer: "open", message: "the cluster would make its pods" }
        : {
            gate: "template",
            answer: "closed",
            message: `the cluster refuses its pods: ${pods.messages.join("; ")}`,
          },
      namesGate(evidence),
      spec.replicas === 0
        ? { gate: "replicas", answer: "closed", message: "spec.replicas is 0" }
        : { gate: "replicas", answer: "open", message: `${spec.replicas} replicas are asked for` },
    );
  }
  gates.push(
    spec.paused === true
      ? { gate: "paused", answer: "closed", message: "spec.paused is true" }
      : { gate: "paused", answer: "open", message: "it is not paused" },
    trafficGate(live),
    alarmsGate(planned, live),
  );
  return gates;
}

function namesGate({ taken }: GateEvidence): StartGate {
  if (taken === undefined) {
    return {
      gate: "names",
      answer: "unknown",
      message: "you may not read the Deployments and Services here",
    };
  }
  return taken.length === 0
    ? { gate: "names", answer: "open", message: "no foreign object has a name that is needed" }
    : {
        gate: "names",
        answer: "closed",
        message: `${taken.join(" and ")} exist and are not this ModelRollout's`,
      };
}

function trafficGate(live: ModelRollout | undefined): StartGate {
  const settled = live?.status?.conditions?.find(({ type }) => type === "TrafficSettled");
  if (settled === undefined) {
    return { gate: "traffic", answer: "unknown", message: "the operator has not read the weights yet" };
  }
  const answer = settled.status === "True" ? "open" : settled.status === "False" ? "closed" : "unknown";
  return { gate: "traffic", answer, message: settled.message };
}

/** Alarms are read by the operator only, and only while something is released. */
function alarmsGate({ spec }: ModelRollout, live: ModelRollout | undefined): StartGate {
  const names = (spec.analysis?.alarms ?? []).map(({ name }) => name);
  if (names.length === 0) return { gate: "alarms", answer: "open", message: "there are none" };
  const failing = live?.status?.alarms?.find(
    ({ name, verdict }) => verdict === "Fail" && names.includes(name),
  );
  if (failing !== undefined) {
    return { gate: "alarms", answer: "closed", message: failing.message ?? `${failing.name} fails` };
  }
  const message = `${names.join(", ")}: the operator asks CloudWatch when the release begins`;
  return { gate: "alarms", answer: "unknown", message };
}
