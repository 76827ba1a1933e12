import { stringify } from "yaml";
import { customResourceDefinition } from "../../src/api/crd/definition.ts";
import type { GeneratedFile } from "./generated-file.ts";
import { operatorRules, textOf } from "./manifests.ts";

const chart = "deploy/helm/modelrollout";
const notice = "{{- /* Made by `npm run generate`. Do not edit. */}}";

/** Text that Helm's templates leave as it is. */
const literal = (text: string): string => text.replaceAll("{{", '{{ "{{" }}');

const when = (value: string, text: string): string =>
  `${notice}\n{{- if .Values.${value} }}\n${literal(text)}{{- end }}\n`;

/**
 * A template and not in the chart's `crds/`, which Helm installs and never upgrades. It stays when the chart goes:
 * its removal would delete every ModelRollout.
 */
const definition: GeneratedFile = {
  path: `${chart}/templates/definition.yaml`,
  render: () => {
    const { metadata, ...rest } = customResourceDefinition() as { readonly metadata: object };
    const kept = { ...metadata, annotations: { "helm.sh/resource-policy": "keep" } };
    const { apiVersion, kind, ...others } = rest as { readonly apiVersion?: string; readonly kind?: string };
    const text = stringify(
      { apiVersion, kind, metadata: kept, ...others },
      { lineWidth: 0, aliasDuplicateObjects: false },
    );
    return when("crds.install", text);
  },
};

const userRoles: GeneratedFile = {
  path: `${chart}/templates/user-roles.yaml`,
  render: () => when("userRoles.install", textOf("deploy/base/user-roles.yaml")),
};

const rules: GeneratedFile = {
  path: `${chart}/files/rules.yaml`,
  render: () => `# Made by \`npm run generate\` from deploy/base/rbac.yaml. Do not edit.\n${operatorRules()}`,
};

const policyRules: GeneratedFile = {
  path: `${chart}/files/policy-rules.yaml`,
  render: () =>
    `# Made by \`npm run generate\` from deploy/base/rbac.yaml. Do not edit.\n${operatorRules("modelrollout-policies")}`,
};

/** The service account's namespace is the release's. */
const policies: GeneratedFile = {
  path: `${chart}/templates/policies.yaml`,
  render: () =>
    when(
      "admissionPolicies.install",
      textOf("deploy/components/admission-policies/policies.yaml"),
    ).replaceAll("modelrollout-system", "{{ .Release.Namespace }}"),
};

/** What the Helm chart has in common with deploy/base; its other templates are written by hand. */
export const chartFiles: readonly GeneratedFile[] = [definition, userRoles, rules, policyRules, policies];
