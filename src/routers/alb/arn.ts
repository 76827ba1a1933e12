/** An ARN of Elastic Load Balancing, taken apart. */
export interface ElbArn {
  readonly region: string;
  readonly account: string;
  readonly kind: "ListenerRule" | "Listener" | "TargetGroup" | "LoadBalancer";
}

const kinds: Readonly<Record<string, ElbArn["kind"]>> = {
  "listener-rule": "ListenerRule",
  listener: "Listener",
  targetgroup: "TargetGroup",
  loadbalancer: "LoadBalancer",
};

/** Undefined for anything that is no ELB ARN. */
export function parseElbArn(arn: string): ElbArn | undefined {
  const [scheme, , service, region, account, resource] = arn.split(":");
  if (scheme !== "arn" || service !== "elasticloadbalancing" || !region || account === undefined)
    return undefined;
  const kind = kinds[resource?.split("/")[0] ?? ""];
  return kind === undefined ? undefined : { region, account, kind };
}

/** `…:listener-rule/app/NAME/LB/LISTENER/RULE`, `…:listener/app/NAME/LB/LISTENER` -> the parts of the path. */
function pathOf(arn: string): { readonly head: string; readonly path: readonly string[] } {
  const [, head = "", rest = ""] = /^(.*):(?:listener-rule|listener)\/(.*)$/.exec(arn) ?? [];
  return { head, path: rest.split("/") };
}

/** The listener of a rule's (or a listener's own) ARN: the ids are nested in it. */
export function listenerArnOf(arn: string): string {
  const { head, path } = pathOf(arn);
  return `${head}:listener/${path.slice(0, 4).join("/")}`;
}

/** The load balancer of a rule's or a listener's ARN. */
export function loadBalancerArnOf(arn: string): string {
  const { head, path } = pathOf(arn);
  return `${head}:loadbalancer/${path.slice(0, 3).join("/")}`;
}

/** What people can recognise an ARN by: the part after the account. */
export function shortArn(arn: string): string {
  return arn.split(":").slice(5).join(":") || arn;
}
