/**
 * Sizes of everything in the resource. Bounds in `spec` keep the cost of the CEL rules in the API server's budget;
 * those in `status` keep the object small. A status that breaks one would be refused, so whoever writes a text into
 * status passes it through `clip`.
 */
export const bounds = {
  alarms: 20,
  alarmName: 255,
  annotationValue: 256,
  arn: 1024,
  attempts: 50,
  conditions: 20,
  containers: 50,
  duration: 32,
  history: 10,
  labels: 64,
  labelKey: 317,
  labelValue: 63,
  message: 1024,
  name: 253,
  reason: 128,
  region: 32,
  repairs: 10,
  revision: 32,
  rules: 5,
  selector: 4096,
  selectorLabels: 16,
  steps: 20,
  /** The steps and the implied last one. */
  stepsWithImplied: 21,
  targets: 10,
  timestamp: 40,
  uri: 2048,
  version: 128,
} as const;

/** Cuts `text` to at most `max` characters, with an ellipsis where something is missing. */
export function clip(text: string, max: number = bounds.message): string {
  if (text.length <= max) {
    return text;
  }
  // A high surrogate at the end has lost its other half.
  const kept = text.slice(0, max - 1).replace(/[\uD800-\uDBFF]$/, "");
  return `${kept}…`;
}
