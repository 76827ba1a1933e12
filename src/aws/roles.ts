/** One line of the file behind `--aws-roles`: whose traffic is moved with which role. */
export interface RoleEntry {
  /** Names of namespaces; `*` stands for any letters, digits and dashes. */
  readonly namespaces: readonly string[];
  readonly roleArn: string;
}

/** A role as one namespace uses it. Nothing of it can be chosen by a ModelRollout. */
export interface NamespaceRole {
  readonly namespace: string;
  readonly roleArn: string;
  /** Of the role, twelve digits: the only one whose ARNs the namespace may name. */
  readonly account: string;
  /** `CLUSTER/NAMESPACE`: what the role's trust policy asks for, so that it says itself which namespaces may use it. */
  readonly externalId: string;
  /** As CloudTrail shows it. */
  readonly sessionName: string;
}

/** RoleSessionName (STS API reference, AssumeRole): 2 to 64 of these characters; a namespace has no others. */
const SESSION_NAME_LENGTH = 64;

/** True when a name is what the pattern says; a pattern without `*` is a name. */
export function matches(pattern: string, namespace: string): boolean {
  const parts = pattern.split("*");
  const [first = "", ...rest] = parts;
  const last = rest.pop();
  if (last === undefined) return namespace === first;
  if (!namespace.startsWith(first)) return false;
  let at = first.length;
  for (const part of rest) {
    const found = namespace.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return namespace.length - last.length >= at && namespace.endsWith(last);
}

/** `123456789012` of `arn:aws:iam::123456789012:role/models`. */
export const accountOfArn = (arn: string): string => arn.split(":")[4] ?? "";

/** The role of a namespace: of the first entry that names it. Undefined: the operator's own role. */
export function roleOf(
  entries: readonly RoleEntry[],
  cluster: string,
  namespace: string,
): NamespaceRole | undefined {
  const found = entries.find(({ namespaces }) => namespaces.some((pattern) => matches(pattern, namespace)));
  if (!found) return undefined;
  return {
    namespace,
    roleArn: found.roleArn,
    account: accountOfArn(found.roleArn),
    externalId: `${cluster}/${namespace}`,
    sessionName: `modelrollout-${namespace}`.slice(0, SESSION_NAME_LENGTH),
  };
}
