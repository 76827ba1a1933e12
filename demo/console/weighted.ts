/** Weights of slots, as `{a: 90, b: 10}`. */
export type SlotWeights = Readonly<Record<string, number>>;

/** Something in AWS that shares traffic out by weights, and can be changed as in its console. */
export interface Weighted {
  read(): Promise<SlotWeights>;
  /** Slots that are not named keep theirs. */
  write(wanted: SlotWeights): Promise<void>;
  close(): void;
}

/** Where the simulator is. Its region and account are always these. */
export const simulated = (endpoint: string) => ({
  endpoint,
  region: "us-east-1",
  credentials: { accessKeyId: "123456789012", secretAccessKey: "simulated" },
});
