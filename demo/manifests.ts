/** Where a rollout's traffic goes, and what judges it. */
export interface Surroundings {
  readonly name: string;
  readonly namespace: string;
  readonly ruleArn: string;
  readonly targetGroups: { readonly a: string; readonly b: string };
  readonly alarms: readonly string[];
}

/**
 * The ModelRollout of the demo for one version. What a release usually does in an hour happens in seconds here: short
 * holds, short retain and drain, nothing else is special.
 */
export function rolloutYaml(to: Surroundings, version: string): string {
  const { name, namespace } = to;
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
  traffic:
    alb:
      rules: [{arn: "${to.ruleArn}"}]
      targetGroups:
        a: ${to.targetGroups.a}
        b: ${to.targetGroups.b}
      service: {port: 8080, targetPort: http}
  strategy:
    steps:
    - {weight: 10, hold: 6s}
    - {weight: 50, hold: 6s}
    - {weight: 100, hold: 6s}
    stepTimeout: 2m
    retain: 5s
    drain: 5s
  analysis:
    alarms:
${to.alarms.map((alarm) => `    - {name: ${alarm}}`).join("\n")}
`;
}
