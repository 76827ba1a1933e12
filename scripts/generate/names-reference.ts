import {
  annotations,
  category,
  finalizer,
  group,
  kind,
  labels,
  notes,
  plural,
  shortName,
} from "../../src/api/group.ts";
import { rolloutUidLabel } from "../../src/workloads/slots/names.ts";
import type { GeneratedFile } from "./generated-file.ts";
import { textOf } from "./manifests.ts";
import { code, notice, table } from "./markdown.ts";

const source = "src/api/group.ts";

/** The doc comments of an object literal's entries, by key. @throws Error when an entry has none */
function comments(name: string, keys: readonly string[]): ReadonlyMap<string, string> {
  const body = new RegExp(`export const ${name} = \\{\\n([^]*?)\\n\\} as const`).exec(textOf(source))?.[1];
  const pairs = [...(body ?? "").matchAll(/\/\*\* (.*?) \*\/\s*(\w+):/gs)];
  const found = new Map(pairs.map(([, text = "", key = ""]) => [key, text]));
  for (const key of keys)
    if (!found.has(key)) throw new Error(`${source}: ${name}.${key} has no doc comment`);
  return found;
}

function rowsOf(name: string, entries: Readonly<Record<string, string>>): readonly (readonly string[])[] {
  const meanings = comments(name, Object.keys(entries));
  return Object.entries(entries).map(([key, value]) => [code(value), meanings.get(key) ?? ""]);
}

function render(): string {
  const page = [
    notice,
    "# Names",
    `The group is ${code(group)}, the kind ${code(kind)}: ${code(`kubectl get ${plural}`)}, or ${code(shortName)}; ${code(`kubectl get ${category}`)} lists it too. None of these names changes within ${code("v1alpha1")}.`,
    "## Annotations that people write",
    "On the ModelRollout, by `kubectl modelrollout`, `kubectl annotate`, Argo CD's menu or a file in Git. RELEASE is `status.release`, such as `9c02ab34ef-1`; STEP is as it is printed, from 1. The operator never removes them: each names what it acts on, so one that stays, or is applied again, does nothing.",
    table(["Annotation", "Value and meaning"], rowsOf("annotations", annotations)),
    "## Labels that the operator writes",
    table(
      ["Label", "Meaning"],
      [
        ...rowsOf("labels", labels),
        [code(rolloutUidLabel), "UID of the ModelRollout that the object was made for."],
        ["`app.kubernetes.io/managed-by: modelrollout`", "On every object that the operator has made."],
      ],
    ),
    "A pod template may not have labels of `modelrollout.dev/` itself: the API server refuses it.",
    "## Annotations that the operator writes",
    table(["Annotation", "Meaning"], rowsOf("notes", notes)),
    "## Finalizer",
    table(
      ["Finalizer", "Meaning"],
      [
        [
          code(finalizer),
          "On the ModelRollout. Holds a deletion back until all traffic is on the stable version again.",
        ],
      ],
    ),
  ];
  return `${page.join("\n\n")}\n`;
}

export const namesReference: GeneratedFile = { path: "docs/reference/names.md", render };
