import { isMap, isSeq, parseAllDocuments, type YAMLMap } from "yaml";
import type { GeneratedFile } from "./generated-file.ts";
import { textOf } from "./manifests.ts";
import { code, notice, table } from "./markdown.ts";

interface RoleText {
  readonly kind: string;
  readonly name: string;
  /** Cells: what, verbs, why. */
  readonly rows: readonly (readonly string[])[];
}

const words = (rule: YAMLMap, field: string): readonly string[] => {
  const value: unknown = rule.toJSON()[field];
  return Array.isArray(value) ? value.map(String) : [];
};

/** `apps/deployments`, or `pods` of the core group. */
function resourcesOf(rule: YAMLMap): string {
  const [group = ""] = words(rule, "apiGroups");
  const names = words(rule, "resourceNames");
  const resources = words(rule, "resources").map((name) => code(group === "" ? name : `${group}/${name}`));
  return `${resources.join(", ")}${names.length > 0 ? `, named ${names.map(code).join(", ")}` : ""}`;
}

/** The comment above a rule. @throws Error if there is none: every right has its reason */
function reasonOf(rule: YAMLMap, comment: string | null | undefined, role: string): string {
  const text = (comment ?? "").split("\n").map((line) => line.trim());
  if (text.join("") === "")
    throw new Error(`${role}: the rule for ${resourcesOf(rule)} has no comment above it that says why`);
  return text.join(" ");
}

function rolesOf(path: string): readonly RoleText[] {
  return parseAllDocuments(textOf(path)).flatMap((document) => {
    const kind = String(document.get("kind"));
    const name = String(document.getIn(["metadata", "name"]));
    const rules = document.get("rules");
    if (!isSeq(rules)) return [];
    const rows = rules.items.filter(isMap).map((rule, index) => {
      // A comment above the first item belongs to the list.
      const comment = rule.commentBefore ?? (index === 0 ? rules.commentBefore : undefined);
      const verbs = words(rule, "verbs").map(code).join(", ");
      return [resourcesOf(rule), verbs, reasonOf(rule, comment, name)];
    });
    return [{ kind, name, rows }];
  });
}

const about: Readonly<Record<string, string>> = {
  modelrollout:
    "Of the operator, in all namespaces. The overlay `namespaced` binds the same rules by a Role in each namespace that it watches.",
  "modelrollout-policies":
    "Of the operator, wherever it watches: the cluster itself is asked, so the overlay `namespaced` keeps it.",
  "modelrollout-lease": "Of the operator, in its own namespace.",
  "modelrollout-view": "Of people: added to the cluster's own role `view`.",
  "modelrollout-edit": "Of people: added to the cluster's own roles `edit` and `admin`.",
};

function render(): string {
  const roles = [...rolesOf("deploy/base/rbac.yaml"), ...rolesOf("deploy/base/user-roles.yaml")];
  const sections = roles.map(({ kind, name, rows }) =>
    [`## ${kind} ${name}`, about[name] ?? "", table(["Resources", "Verbs", "Why"], rows)]
      .filter((part) => part !== "")
      .join("\n\n"),
  );
  const page = [
    notice,
    "# Rights in the cluster",
    "Made of [deploy/base/rbac.yaml](../../deploy/base/rbac.yaml) and [deploy/base/user-roles.yaml](../../deploy/base/user-roles.yaml). Tests compare the operator's rules with what its code says it needs, and run it with exactly these rights: the API server refuses nothing to it. There is no right to read Secrets or ConfigMaps, to write pods, or to grant rights.",
    ...sections,
  ];
  return `${page.join("\n\n")}\n`;
}

export const rbacReference: GeneratedFile = { path: "docs/reference/rbac.md", render };
