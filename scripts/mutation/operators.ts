import {
  isArrayLiteralExpression,
  isBinaryExpression,
  isCallExpression,
  isConditionalExpression,
  isExpressionStatement,
  isForStatement,
  isIfStatement,
  isNumericLiteral,
  isObjectLiteralExpression,
  isParenthesizedExpression,
  isPrefixUnaryExpression,
  isPropertyAccessExpression,
  isSpreadAssignment,
  isSpreadElement,
  isWhileStatement,
  type Node,
  type ObjectLiteralExpression,
  SyntaxKind,
} from "typescript/unstable/ast";
import type { Operator, Span } from "./mutant.ts";

/** A change of the text of one node. */
export interface Edit {
  readonly operator: Operator;
  readonly node: Node;
  /** In place of the node's text; undefined drops the statement. */
  readonly text: string | undefined;
  /** What people see instead of the node's whole text. */
  readonly shown?: { readonly before: string; readonly after: string };
  /** Where in the file people find it, when not at the node's beginning. */
  readonly at?: number;
}

const comparisons = new Map<SyntaxKind, string>([
  [SyntaxKind.GreaterThanEqualsToken, ">"],
  [SyntaxKind.GreaterThanToken, ">="],
  [SyntaxKind.LessThanEqualsToken, "<"],
  [SyntaxKind.LessThanToken, "<="],
  [SyntaxKind.EqualsEqualsEqualsToken, "!=="],
  [SyntaxKind.ExclamationEqualsEqualsToken, "==="],
]);

const logical = new Map<SyntaxKind, string>([
  [SyntaxKind.AmpersandAmpersandToken, "||"],
  [SyntaxKind.BarBarToken, "&&"],
]);

const arithmetic = new Map<SyntaxKind, string>([
  [SyntaxKind.PlusToken, "-"],
  [SyntaxKind.MinusToken, "+"],
  [SyntaxKind.AsteriskToken, "/"],
  [SyntaxKind.SlashToken, "*"],
  [SyntaxKind.PercentToken, "*"],
]);

const calls: Readonly<Record<string, string>> = {
  min: "max",
  max: "min",
  ceil: "floor",
  floor: "ceil",
  round: "floor",
  trunc: "ceil",
  some: "every",
  every: "some",
};

/** Every change of one node. What its inner nodes offer is theirs. */
export function editsOf(node: Node): readonly Edit[] {
  return [...ofStatement(node), ...ofLiteral(node), ...ofExpression(node)];
}

function ofStatement(node: Node): readonly Edit[] {
  if (isIfStatement(node)) return [decided(node.expression, "true"), decided(node.expression, "false")];
  if (isWhileStatement(node)) return [decided(node.expression, "false")];
  if (isForStatement(node) && node.condition) return [decided(node.condition, "false")];
  return isExpressionStatement(node) ? ofEffect(node, node.expression) : [];
}

function ofLiteral(node: Node): readonly Edit[] {
  if (isNumericLiteral(node)) return ofNumber(node);
  if (node.kind === SyntaxKind.TrueKeyword) return [{ operator: "constant", node, text: "false" }];
  if (node.kind === SyntaxKind.FalseKeyword) return [{ operator: "constant", node, text: "true" }];
  if (isObjectLiteralExpression(node)) return ofObject(node);
  return isArrayLiteralExpression(node) ? dropEach(node, node.elements, "element dropped") : [];
}

function ofExpression(node: Node): readonly Edit[] {
  if (isBinaryExpression(node)) return ofBinary(node, node.left, node.operatorToken, node.right);
  if (isConditionalExpression(node))
    return ofConditional(node, node.condition, node.whenTrue, node.whenFalse);
  if (isPrefixUnaryExpression(node) && node.operator === SyntaxKind.ExclamationToken)
    return [{ operator: "negation", node, text: `(${node.operand.getText()})` }];
  return isCallExpression(node) ? ofCall(node, node.expression) : [];
}

const decided = (node: Node, text: string): Edit => ({ operator: "condition", node, text });

function ofBinary(node: Node, left: Node, token: Node, right: Node): readonly Edit[] {
  const [before, after] = [left.getText(), right.getText()];
  const swap = (operator: Operator, to: string): Edit => ({
    operator,
    node,
    text: `(${before}) ${to} (${after})`,
    shown: { before: node.getText(), after: `${before} ${to} ${after}` },
  });
  const compared = comparisons.get(token.kind);
  if (compared !== undefined) return [swap("comparison", compared)];
  const computed = arithmetic.get(token.kind);
  if (computed !== undefined) return [swap("arithmetic", computed)];
  const only = (operator: Operator, text: string): Edit => ({
    operator,
    node,
    text,
    shown: { before: node.getText(), after: text },
  });
  if (token.kind === SyntaxKind.QuestionQuestionToken)
    return [only("default", before), only("default", after)];
  const joined = logical.get(token.kind);
  if (joined === undefined) return [];
  return [swap("and/or", joined), only("operand dropped", before), only("operand dropped", after)];
}

/**
 * `...(x === undefined ? {} : { x })` is a field that is absent or written: the one change of it is that it is not
 * written. To write `undefined` is the same once the object is JSON, so that change is not made.
 */
function ofConditional(node: Node, condition: Node, whenTrue: Node, whenFalse: Node): readonly Edit[] {
  const [yes, no] = [whenTrue.getText(), whenFalse.getText()];
  const choose = (text: string, word: string): Edit => ({
    operator: "condition",
    node,
    text,
    shown: { before: `${condition.getText()} ? …`, after: `${word} ? …` },
  });
  if (!isOptionalField(node)) return [choose(`(${yes})`, "true"), choose(`(${no})`, "false")];
  const written = yes === "{}" ? no : yes;
  return [
    {
      operator: "field not written",
      node,
      text: "{}",
      shown: { before: `...(${node.getText()})`, after: `no ${written}` },
    },
  ];
}

/** `...(c ? {} : { x })` where `c` only asks whether `x` is there. */
function isOptionalField(node: Node): boolean {
  if (!isConditionalExpression(node) || !isSpread(node.parent)) return false;
  const branches = [node.whenTrue, node.whenFalse].filter(isObjectLiteralExpression);
  const [field, ...more] = branches.flatMap(({ properties }) => [...properties]);
  if (branches.length !== 2 || field === undefined || more.length > 0) return false;
  const text = field.getText();
  const value = text.includes(":") ? text.slice(text.indexOf(":") + 1).trim() : text;
  const asked = node.condition.getText().replace(/ [!=]== undefined$/, "");
  return asked.replaceAll("?.", ".") === value.replaceAll("?.", ".");
}

function isSpread(node: Node): boolean {
  return isParenthesizedExpression(node) ? isSpread(node.parent) : isSpreadAssignment(node);
}

function ofCall(node: Node, callee: Node): readonly Edit[] {
  if (!isPropertyAccessExpression(callee)) return [];
  const name = callee.name.getText();
  const object = callee.expression.getText();
  const rest = node.getText().slice(callee.getText().length);
  const swapped = calls[name];
  const isMath = object === "Math";
  if (swapped !== undefined && isMath !== (name === "some" || name === "every")) {
    const to = callee.getText().slice(0, -name.length) + swapped + rest;
    return [{ operator: "call", node, text: to }];
  }
  if (name === "filter" && !isMath)
    return [
      { operator: "call", node, text: object, shown: { before: node.getText(), after: "(not filtered)" } },
    ];
  return [];
}

/** Small numbers by one; a large one (milliseconds, a limit) doubled: one more or less of those is no promise. */
function ofNumber(node: Node): readonly Edit[] {
  const value = Number(node.getText().replaceAll("_", ""));
  const to = (text: number): Edit => ({ operator: "constant", node, text: `${text}` });
  if (value > 100) return [to(value * 2), to(value / 2)];
  return value === 0 ? [to(1)] : [to(value + 1), to(value - 1)];
}

function ofObject(node: ObjectLiteralExpression): readonly Edit[] {
  const { parent } = node;
  // The one field of `c ? {} : { field }` is dropped by the condition.
  if (isConditionalExpression(parent) && isSpread(parent.parent) && node.properties.length === 1) return [];
  const properties = node.properties.filter(
    (property) => !isSpreadAssignment(property) || !isConditionalSpread(property.expression),
  );
  return dropEach(node, properties, "field not written");
}

function isConditionalSpread(node: Node): boolean {
  if (isParenthesizedExpression(node)) return isConditionalSpread(node.expression);
  return isConditionalExpression(node);
}

function dropEach(node: Node, elements: Iterable<Node>, operator: Operator): readonly Edit[] {
  const whole = node.getText();
  const start = node.getStart();
  return [...elements]
    .filter((element) => !isSpreadElement(element) || !isConditionalSpread(element.expression))
    .map((element) => {
      const { start: from, end: to } = withComma(whole, start, element);
      const text = whole.slice(0, from) + whole.slice(to);
      const shown = { before: element.getText(), after: "(dropped)" };
      return { operator, node, text, shown, at: element.getStart() };
    });
}

/** The element's place in the text of its list, with the comma behind it, if any. */
function withComma(whole: string, start: number, element: Node): Span {
  const end = element.end - start;
  const comma = /^\s*,/.exec(whole.slice(end));
  return { start: element.getStart() - start, end: end + (comma?.[0].length ?? 0) };
}

function ofEffect(node: Node, expression: Node): readonly Edit[] {
  const { kind } = expression;
  if (isCallExpression(expression) && expression.expression.kind === SyntaxKind.SuperKeyword) return [];
  const effects = [SyntaxKind.CallExpression, SyntaxKind.BinaryExpression, SyntaxKind.AwaitExpression];
  return effects.includes(kind) ? [{ operator: "statement dropped", node, text: undefined }] : [];
}
