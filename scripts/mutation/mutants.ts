import { createHash } from "node:crypto";
import {
  isAsExpression,
  isCallExpression,
  isElementAccessExpression,
  isHeritageClause,
  isIfStatement,
  isImportDeclaration,
  isInterfaceDeclaration,
  isNonNullExpression,
  isPropertyAccessExpression,
  isPropertyAssignment,
  isStatement,
  isTypeAliasDeclaration,
  isTypeNode,
  isTypeParameterDeclaration,
  type Node,
  type SourceFile,
} from "typescript/unstable/ast";
import type { Mutant } from "./mutant.ts";
import { type Edit, editsOf } from "./operators.ts";

/** All mutants of a file, in the order of its text. @param file path from the root of the project */
export function mutantsOf(file: string, source: SourceFile): readonly Mutant[] {
  const seen = new Map<string, number>();
  const found: Mutant[] = [];
  const visit = (node: Node): void => {
    if (isOnlyType(node)) return;
    for (const edit of editsOf(node)) {
      if (isSwitchable(edit.node)) found.push(mutantOf(file, source, edit, seen));
    }
    node.forEachChild(visit);
  };
  visit(source);
  return found;
}

const isOnlyType = (node: Node) =>
  isTypeNode(node) ||
  isInterfaceDeclaration(node) ||
  isTypeAliasDeclaration(node) ||
  isTypeParameterDeclaration(node) ||
  isImportDeclaration(node) ||
  isHeritageClause(node);

/** A number as the name of a field, and `as const` of a literal's own, have no place for a switch. */
function isSwitchable(node: Node): boolean {
  const { parent } = node;
  if (isPropertyAssignment(parent)) return parent.name !== node;
  return !(isAsExpression(parent) && parent.type === node);
}

function mutantOf(file: string, source: SourceFile, edit: Edit, seen: Map<string, number>): Mutant {
  const { node, operator, text } = edit;
  const host = text === undefined ? node : hostOf(node);
  const [start, end] = [node.getStart(), node.end];
  const around = host.getStart();
  const whole = host.getText();
  const replaced =
    text === undefined ? "" : whole.slice(0, start - around) + text + whole.slice(end - around);
  const before = oneLine(edit.shown?.before ?? node.getText());
  const after = oneLine(edit.shown?.after ?? text ?? "(dropped)");
  return {
    id: identify([file, statementAround(node, source), operator, replaced, before], seen),
    file,
    line: source.text.slice(0, edit.at ?? start).split("\n").length,
    operator,
    host: { start: around, end: host.end, kind: text === undefined ? "statement" : "expression" },
    text: replaced,
    before,
    after,
  };
}

/** A part of `a?.b(c).d` can only be switched with the whole chain, or its short circuit would be lost. */
function hostOf(node: Node): Node {
  const { parent } = node;
  const chained =
    (isPropertyAccessExpression(parent) ||
      isElementAccessExpression(parent) ||
      isCallExpression(parent) ||
      isNonNullExpression(parent)) &&
    parent.expression === node;
  return chained ? hostOf(parent) : node;
}

/** The text that the mutant's identity hangs on: the statement around; of an `if` its condition only. */
function statementAround(node: Node, source: SourceFile): string {
  let at = node;
  while (at !== source && !isStatement(at)) {
    if (isIfStatement(at.parent) && at.parent.expression === at) break;
    at = at.parent;
  }
  return at.getText();
}

function identify(parts: readonly string[], seen: Map<string, number>): string {
  const key = parts.join("\n");
  const nth = seen.get(key) ?? 0;
  seen.set(key, nth + 1);
  return createHash("sha256").update(`${key}\n${nth}`).digest("hex").slice(0, 8);
}

function oneLine(text: string): string {
  const line = text.replaceAll(/\s+/g, " ");
  return line.length > 100 ? `${line.slice(0, 60)} … ${line.slice(-38)}` : line;
}
