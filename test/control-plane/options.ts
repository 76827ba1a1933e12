import type { User } from "./credentials.ts";
import type { Progress } from "./progress.ts";

/** What a control plane shall be like. */
export type ControlPlaneOptions = {
  /** How many nodes; 3 by default. Not on an existing cluster. */
  readonly nodes?: number;
  /** Further users with static tokens, for {@link ControlPlane.kubeconfigFor}. Not on an existing cluster. */
  readonly users?: readonly User[];
  /** Where the building of missing binaries is shown; on the terminal by default. */
  readonly progress?: Progress;
};

/** A running control plane, ours or one that was there before. */
export type ControlPlane = {
  readonly url: string;
  /** The kubeconfig of a cluster administrator (user `admin`, group `system:masters`). */
  readonly kubeconfigPath: string;
  /** Path of a `kubectl` of the same version; on an existing cluster whatever is in PATH. */
  readonly kubectl: string;
  /**
   * Writes a kubeconfig for a user of the options (static token), or for any service account
   * (`system:serviceaccount:NAMESPACE:NAME`): then the account, and its namespace, is created if it is not there, and
   * the token comes from the API server as it would for a pod, so its RBAC and groups are the real ones.
   * @returns its path
   * @throws Error for another user
   */
  kubeconfigFor(user: string): Promise<string>;
  /** Ends every process and removes every file. Does nothing on an existing cluster. Safe to call twice. */
  stop(): Promise<void>;
} & ProcessControl;

/** What can be done to a control plane of ours; on an existing cluster each of these throws {@link NotOursError}. */
export type ProcessControl = {
  /** Process ids by program name, those that run now. */
  readonly pids: Readonly<Record<string, number>>;
  /** Static tokens by user name. */
  readonly tokens: Readonly<Record<string, string>>;
  /** The certificate that the API server's is verified with (PEM). */
  readonly caFile: string;
  /** For `readAuditLog`. */
  readonly auditLogPath: string;
  /** Freezes the API server (SIGSTOP): connections stay open, nobody answers. */
  pauseApiServer(): void;
  /** Lets it go on (SIGCONT). */
  resumeApiServer(): void;
  /** Kills it, without a goodbye to its clients. The port stays its own. */
  stopApiServer(): Promise<void>;
  /** Starts it again, on the same port with the same certificate, and waits until it is ready. */
  startApiServer(): Promise<void>;
  /** Both of these. */
  restartApiServer(): Promise<void>;
};

/** The cluster was given by `MODELROLLOUT_TEST_KUBECONFIG`: its processes are not ours to touch. */
export class NotOursError extends Error {
  override readonly name = "NotOursError";

  constructor(what: string) {
    super(
      `${what} needs a control plane of our own; ` +
        "this is the cluster of MODELROLLOUT_TEST_KUBECONFIG. Unset that variable to run this.",
    );
  }
}
