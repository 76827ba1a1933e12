import type { GeneratedFile } from "./generated-file.ts";
import { filesOf, operatorRules, textOf } from "./manifests.ts";

const notice = "# Made by `npm run generate`. Do not edit.";

/** Everything in one file, for `kubectl apply -f`. */
export const install: GeneratedFile = {
  path: "deploy/install.yaml",
  render: () => {
    const files = filesOf("deploy/default").map((path) => `# From ${path}\n${textOf(path)}`);
    return `${notice}\n${files.join("---\n")}`;
  },
};

const labels = "  labels:\n    app.kubernetes.io/name: modelrollout\n";

/** The ClusterRole's rules for one namespace. It names none, so that kustomize or `kubectl -n` can. */
export const namespacedRole: GeneratedFile = {
  path: "deploy/overlays/namespaced/watched/role.yaml",
  render: () =>
    `${notice} The rules are those of the ClusterRole in deploy/base/rbac.yaml.
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata:
  name: modelrollout
${labels}${operatorRules()}---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata:
  name: modelrollout
${labels}roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: Role
  name: modelrollout
subjects:
  - kind: ServiceAccount
    name: modelrollout
    namespace: modelrollout-system
`,
};
