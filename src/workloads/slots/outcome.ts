import { isReason, KubeError } from "../../runtime/kube-error.ts";

/** Why an effect did not take place. `message` is one line for people. */
export interface Problem {
  /**
   * - `conflict`: the world is not the one the plan was made for. Observe again.
   * - `waiting`: under way, nothing is wrong. Observe again when something changes.
   * - `refused`: the cluster or a rule of ours says no (quota, policy, a name that is taken, a missing CRD).
   * - `denied`: the operator's credentials or rights don't suffice.
   * - `invalid`: what was asked for can't be, whoever asks.
   * - `unreachable`: no answer, or an overloaded server. Whether the write was applied is not known.
   */
  readonly kind: "conflict" | "waiting" | "refused" | "denied" | "invalid" | "unreachable";
  readonly message: string;
}

export type Outcome<T extends object = object> =
  | ({ readonly ok: true } & T)
  | { readonly ok: false; readonly problem: Problem };

export const done: { readonly ok: true } = { ok: true };

export function failed(
  kind: Problem["kind"],
  message: string,
): { readonly ok: false; readonly problem: Problem } {
  return { ok: false, problem: { kind, message } };
}

/** Runs an effect; a KubeError becomes its outcome. Other errors are mistakes in this program and pass through. */
export async function attempt<T extends object>(effect: () => Promise<Outcome<T>>): Promise<Outcome<T>> {
  try {
    return await effect();
  } catch (error) {
    if (error instanceof KubeError) return { ok: false, problem: problemOf(error) };
    throw error;
  }
}

/**
 * `attempt`, begun anew up to twice when the object changed between its read and its write (409, so nothing was
 * written): mostly a status that a controller writes. The effect must read and judge everything again each time.
 */
export async function attemptOnFresh<T extends object>(
  effect: () => Promise<Outcome<T>>,
): Promise<Outcome<T>> {
  return await attempt(async () => {
    for (let left = 2; left > 0; left--) {
      try {
        return await effect();
      } catch (error) {
        if (!isReason(error, "Conflict")) throw error;
      }
    }
    return await effect();
  });
}

const byReason: Readonly<Record<string, Problem["kind"]>> = {
  AlreadyExists: "conflict",
  Conflict: "conflict",
  Expired: "conflict",
  Unauthorized: "denied",
  Credentials: "denied",
  NotFound: "refused",
  MethodNotAllowed: "refused",
  Invalid: "invalid",
  BadRequest: "invalid",
  RequestEntityTooLarge: "invalid",
  UnsupportedMediaType: "invalid",
};

export function problemOf(error: KubeError): Problem {
  return { kind: kindOf(error), message: error.message };
}

function kindOf(error: KubeError): Problem["kind"] {
  if (isMissingRight(error)) return "denied";
  if (isOtherObject(error)) return "conflict";
  // Quotas, policies and a namespace on its way out answer Forbidden too; webhooks answer with a code of their own.
  if (error.reason === "Forbidden" || / denied the request/.test(error.message)) return "refused";
  return byReason[error.reason] ?? "unreachable";
}

/** RBAC's sentence: `User "…" cannot create resource "…" in API group "…"`. */
function isMissingRight(error: KubeError): boolean {
  return error.reason === "Forbidden" && / cannot \w+ resource "/.test(error.message);
}

/** The uid sent along is not that of the object under this name: it was deleted and made anew. */
function isOtherObject({ reason, details }: KubeError): boolean {
  return reason === "Invalid" && (details?.causes ?? []).some(({ field }) => field === "metadata.uid");
}
