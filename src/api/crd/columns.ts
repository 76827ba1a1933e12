/** What `kubectl get modelrollouts` prints; with priority 1 only under `-o wide`. */
export interface PrinterColumn {
  readonly name: string;
  readonly type: "string" | "integer" | "date";
  readonly jsonPath: string;
  readonly description: string;
  readonly priority?: number;
}

const ready = (field: string) => `.status.conditions[?(@.type=="Ready")].${field}`;

export const columns: readonly PrinterColumn[] = [
  {
    name: "Ready",
    type: "string",
    jsonPath: ready("status"),
    description: "Is the spec's revision stable and all settled?",
  },
  { name: "State", type: "string", jsonPath: ".status.state", description: "What is going on." },
  { name: "Step", type: "string", jsonPath: ".status.stepText", description: "Step of the release." },
  {
    name: "Weight",
    type: "integer",
    jsonPath: ".status.weight.acknowledged",
    description: "Percent of the traffic that is not on stable, as last read back.",
  },
  {
    name: "Model",
    type: "string",
    jsonPath: ".status.modelVersion",
    description: "Model version of the present or last release.",
  },
  { name: "Reason", type: "string", jsonPath: ready("reason"), description: "Why it is ready or not." },
  {
    name: "Age",
    type: "date",
    jsonPath: ".metadata.creationTimestamp",
    description: "Time since it was created.",
  },
  {
    name: "Router",
    type: "string",
    jsonPath: ".status.router",
    description: "How traffic is moved.",
    priority: 1,
  },
  {
    name: "Alarms",
    type: "string",
    jsonPath: ".status.alarmSummary",
    description: "Alarms in a few words.",
    priority: 1,
  },
  {
    name: "Message",
    type: "string",
    jsonPath: ready("message"),
    description: "Why, in one sentence.",
    priority: 1,
  },
];
