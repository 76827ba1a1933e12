import type { MeshAddress } from "../test/world/mesh.ts";

/** What every manifest of the demo has in common. */
export interface Surroundings {
  readonly name: string;
  readonly namespace: string;
  readonly alarms: readonly string[];
}

/** Steps and alarms. What a release usually does in an hour happens in seconds here; nothing else is special. */
function strategyYaml({ alarms }: Surroundings): string {
  return `  strategy:
    steps:
    - {weight: 10, hold: 6s}
    - {weight: 50, hold: 6s}
    - {weight: 100, hold: 6s}
    stepTimeout: 2m
    retain: 5s
    drain: 5s
  analysis:
    alarms:
${alarms.map((alarm) => `    - {name: ${alarm}}`).join("\n")}
`;
}

/** The beginning of a ModelRollout whose pods the operator makes, in two slots. */
function templateYaml({ name, namespace }: Surroundings, version: string): string {
  return `apiVersion: modelrollout.dev/v1alpha1
kind: ModelRollout
metadata: {name: ${name}, namespace: ${namespace}}
spec:
  replicas: 4
  selector: {matchLabels: {app: ${name}}}
  template:
    metadata: {labels: {app: ${name}}}
    spec:
      containers:
      - name: server
        image: registry.example/${name}:${version}
        ports: [{name: http, containerPort: 8080}]
  model:
    name: ${name}
    version: ${version}
    uri: s3://models/${name}/${version}
`;
}

/** Behind a rule of a load balancer. */
export function albYaml(
  to: Surroundings,
  rule: { readonly arn: string; readonly a: string; readonly b: string },
  version: string,
): string {
  return `${templateYaml(to, version)}  traffic:
    alb:
      rules: [{arn: "${rule.arn}"}]
      targetGroups:
        a: ${rule.a}
        b: ${rule.b}
      service: {port: 8080, targetPort: http}
${strategyYaml(to)}`;
}

/** Behind a route of a mesh; the virtual nodes find their pods by the two Services. */
export function appMeshYaml(to: Surroundings, mesh: MeshAddress, version: string): string {
  const services = (["a", "b"] as const).map(
    (slot) => `apiVersion: v1
kind: Service
metadata: {name: ${mesh.virtualNodes[slot]}, namespace: ${to.namespace}}
spec:
  clusterIP: None
  selector: {app: ${to.name}, modelrollout.dev/slot: ${slot}}
  ports: [{name: http, port: 8080, targetPort: http}]
---
`,
  );
  return `${services.join("")}${templateYaml(to, version)}  traffic:
    appMesh:
      meshName: ${mesh.meshName}
      virtualRouterName: ${mesh.virtualRouterName}
      routeName: ${mesh.routeName}
      virtualNodes: {a: ${mesh.virtualNodes.a}, b: ${mesh.virtualNodes.b}}
${strategyYaml(to)}`;
}

/** A Deployment with its Service behind one target group, as somebody may have it today, and who releases it. */
export function rollingUpdateYaml(to: Surroundings, targetGroupArn: string, version: string): string {
  const { name, namespace } = to;
  return `apiVersion: v1
kind: Service
metadata: {name: ${name}, namespace: ${namespace}}
spec:
  selector: {app: ${name}}
  ports: [{name: http, port: 8080, targetPort: http}]
---
apiVersion: elbv2.k8s.aws/v1beta1
kind: TargetGroupBinding
metadata: {name: ${name}, namespace: ${namespace}}
spec:
  targetGroupARN: ${targetGroupArn}
  targetType: ip
  serviceRef: {name: ${name}, port: 8080}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: ${name}, namespace: ${namespace}}
spec:
  replicas: 10
  selector: {matchLabels: {app: ${name}}}
  strategy: {rollingUpdate: {maxSurge: 2, maxUnavailable: 0}}
  template:
    metadata:
      labels: {app: ${name}}
      # These pods are played: they go on serving for a second when they are deleted, as preStop does for real ones.
      annotations: {modelrollout.dev/test-shutdown-delay: 1s}
    spec:
      containers:
      - name: server
        image: registry.example/${name}:${version}
        ports: [{name: http, containerPort: 8080}]
---
apiVersion: modelrollout.dev/v1alpha1
kind: ModelRollout
metadata: {name: ${name}, namespace: ${namespace}}
spec:
  workloadRef: {apiVersion: apps/v1, kind: Deployment, name: ${name}}
  traffic: {rollingUpdate: {}}
${strategyYaml(to)}`;
}
