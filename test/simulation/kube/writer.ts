/** Who writes, as the API server knows it from the request. */
export interface Writer {
  readonly user: string;
  /** For managedFields. */
  readonly manager: string;
}

/** The operator's service account; the admission policies let it through. */
export const OPERATOR_USER = "system:serviceaccount:modelrollout-system:modelrollout";

/** The one name under which the operator writes. */
export const fieldManager = "modelrollout";

export const PERSON: Writer = { user: "somebody", manager: "kubectl" };
