/**
 * A manifest of a page for the playground: its ARNs are the playground's, and times to wait are seconds, so that a
 * test can wait for them. It goes to the playground's namespace. Nothing else is changed.
 * @param variables with RULE, GROUP_A and GROUP_B
 */
export function localManifest(text: string, variables: Readonly<Record<string, string>>): string {
  const { RULE = "", GROUP_A = "", GROUP_B = "" } = variables;
  return text
    .replaceAll(/arn:aws:elasticloadbalancing:[^"\s]+:listener-rule\/[^"\s]+/g, RULE)
    .replaceAll(/arn:aws:elasticloadbalancing:[^"\s]+:targetgroup\/\S+?-a\/\S+/g, GROUP_A)
    .replaceAll(/arn:aws:elasticloadbalancing:[^"\s]+:targetgroup\/\S+?-b\/\S+/g, GROUP_B)
    .replaceAll(/, namespace: [a-z-]+(?=\})/g, "")
    .replaceAll(/\b(hold|retain|drain): [1-9]\d*[smh]/g, "$1: 3s");
}
