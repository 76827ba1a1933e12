import { createStack } from "../../aws-simulator/fixtures.ts";
import type { Simulator } from "../../aws-simulator/simulator.ts";
import type { Account } from "./account.ts";

/** A rule with two target groups, all weight on the first; a third one in it has none. */
export interface Edge {
  readonly rule: string;
  readonly groups: { readonly a: string; readonly b: string };
}

export function makeEdge(account: Account, name: string): Edge {
  const invoke: Simulator["invoke"] = (service, operation, input) =>
    account.invoke(service, operation, input);
  const stack = createStack({ invoke } as Simulator, { name, groups: ["a", "b", "spare"] });
  return { rule: stack.ruleArn, groups: { a: stack.group("a"), b: stack.group("b") } };
}
