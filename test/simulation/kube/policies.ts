import type { ApiServer } from "./server.ts";
import { OPERATOR_USER } from "./writer.ts";

const GROUP = "admissionregistration.k8s.io";

/** The two policies of deploy/components/admission-policies, as far as the operator looks at them, and in force. */
export function installPolicies(server: ApiServer): void {
  server.policies = true;
  for (const name of ["modelrollout-start", "modelrollout-brake"]) {
    const matchConditions = [
      { name: "not-the-operator", expression: `request.userInfo.username != '${OPERATOR_USER}'` },
    ];
    const base = { apiVersion: `${GROUP}/v1`, metadata: { name } };
    server.etcd.put(`mutatingadmissionpolicies.${GROUP}`, name, {
      ...base,
      kind: "MutatingAdmissionPolicy",
      spec: { matchConditions },
    } as Parameters<typeof server.etcd.put>[2]);
    server.etcd.put(`mutatingadmissionpolicybindings.${GROUP}`, name, {
      ...base,
      kind: "MutatingAdmissionPolicyBinding",
    });
  }
}
