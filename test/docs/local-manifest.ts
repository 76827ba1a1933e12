/**
 * A manifest of a page for the playground, and in its namespace: its ARNs are the playground's, and times that a reader
 * waits for are seconds. What a reader acts within (retain) is longer: commands may take seconds themselves on a busy
 * machine. Nothing else is changed.
 * @param variables with RULE, GROUP_A and GROUP_B
 */
export function localManifest(text: string, variables: Readonly<Record<string, string>>): string {
  const { RULE = "", GROUP_A = "", GROUP_B = "" } = variables;
  return text
    .replaceAll(/arn:aws:elasticloadbalancing:[^"\s]+:listener-rule\/[^"\s]+/g, RULE)
    .replaceAll(/arn:aws:elasticloadbalancing:[^"\s]+:targetgroup\/\S+?-a\/\S+/g, GROUP_A)
    .replaceAll(/arn:aws:elasticloadbalancing:[^"\s]+:targetgroup\/\S+?-b\/\S+/g, GROUP_B)
    .replaceAll(/, namespace: [a-z-]+(?=\})/g, "")
    .replaceAll(/\b(hold|drain): [1-9]\d*[smh]/g, "$1: 4s")
    .replaceAll(/\bretain: [1-9]\d*[smh]/g, "retain: 100s");
}
