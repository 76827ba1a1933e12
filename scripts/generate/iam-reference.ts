import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../command.ts";
import type { GeneratedFile } from "./generated-file.ts";
import { iamReasons } from "./iam-reasons.ts";
import { textOf } from "./manifests.ts";
import { code, notice, table } from "./markdown.ts";

interface Statement {
  readonly Sid: string;
  readonly Action: readonly string[];
  readonly Resource: string | readonly string[];
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

/** Files of src/ that make a call, found by the SDK's command or by the name that is written beside it. */
function callers(operation: string, files: ReadonlyMap<string, string>): readonly string[] {
  const call = new RegExp(`new (?:\\w+\\.)?${operation}Command\\(`);
  const direct = [...files].filter(([, text]) => call.test(text)).map(([path]) => path);
  if (direct.length > 0) return direct;
  const named = new RegExp(`operation: "${operation}"`);
  return [...files].filter(([, text]) => named.test(text)).map(([path]) => path);
}

function sources(): ReadonlyMap<string, string> {
  const paths = readdirSync(join(root, "src"), { recursive: true, encoding: "utf8" });
  return new Map(
    paths
      .filter((path) => path.endsWith(".ts") && !path.endsWith(".test.ts"))
      .sort()
      .map((path) => [join("src", path), readFileSync(join(root, "src", path), "utf8")]),
  );
}

function actionRow(action: string, files: ReadonlyMap<string, string>): readonly string[] {
  const reason = iamReasons[action];
  if (reason === undefined)
    throw new Error(`scripts/generate/iam-reasons.ts does not say why ${action} is called`);
  const operation = action.slice(action.indexOf(":") + 1);
  const found = callers(operation, files);
  if (found.length === 0)
    throw new Error(`nothing in src/ calls ${action}: take it out of deploy/iam/policy.json`);
  const links = found.map((path) => `[${path.replace("src/", "")}](../../${path})`).join(", ");
  return [code(action), reason.why, reason.when, links];
}

function conditionsOf({ Condition }: Statement): string {
  const lines = Object.entries(Condition ?? {}).flatMap(([operator, keys]) =>
    Object.entries(keys).map(([key, value]) => `- ${code(`${operator} ${key}: ${JSON.stringify(value)}`)}`),
  );
  return lines.length === 0 ? "Conditions: none." : `Conditions:\n\n${lines.join("\n")}`;
}

function section(statement: Statement, files: ReadonlyMap<string, string>): string {
  const resources = [statement.Resource].flat().map(code).join(", ");
  return [
    `## ${statement.Sid}`,
    `Resources: ${resources}. ${conditionsOf(statement)}`,
    table(
      ["Action", "What for", "When", "Called by"],
      statement.Action.map((action) => actionRow(action, files)),
    ),
  ].join("\n\n");
}

function render(): string {
  const statementsOf = (path: string): readonly Statement[] =>
    (JSON.parse(textOf(path)) as { readonly Statement: readonly Statement[] }).Statement;
  const statements = statementsOf("deploy/iam/policy.json");
  const further = statementsOf("deploy/iam/assume-roles.json");
  const files = sources();
  const page = [
    notice,
    "# Rights in AWS",
    "Made of [deploy/iam/policy.json](../../deploy/iam/policy.json). It allows the calls that the code makes and no others; a test compares the two. [Install on EKS](../install.md#2-the-role-in-iam) says how to give it to the pods, and how to narrow it.",
    "The operator never creates, deletes or tags anything in AWS, never registers a target, and never changes an alarm.",
    ...statements.map((statement) => section(statement, files)),
    "## With roles for namespaces",
    "Made of [deploy/iam/assume-roles.json](../../deploy/iam/assume-roles.json): only with `--aws-roles`, beside the above. The roles that it names have the policy above themselves, and trust the operator's role as [deploy/iam/trust-namespace-role.json](../../deploy/iam/trust-namespace-role.json) says. [Install on EKS](../install.md#roles-for-namespaces) has the commands.",
    ...further.map((statement) => section(statement, files)),
  ];
  return `${page.join("\n\n")}\n`;
}

export const iamReference: GeneratedFile = { path: "docs/reference/iam.md", render };
