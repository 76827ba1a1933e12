import type { InPlaceRead } from "../../core/observed.ts";
import type { KubeApi } from "../../runtime/kube-api.ts";
import { KubeError } from "../../runtime/kube-error.ts";
import type { KubeObject } from "../../runtime/kube-object.ts";
import { resourcePath } from "../../runtime/resource-path.ts";
import { getOrNothing } from "../slots/taken-names.ts";

/** The admission policies that come with the operator (deploy/components/admission-policies/policies.yaml). */
export const policyNames = ["modelrollout-start", "modelrollout-brake"] as const;

/** Policies are installed and removed by hand, seldom; one that stands in the way is waited for to be corrected. */
const KEPT_MS = 300_000;
const REFUSED_KEPT_MS = 60_000;

interface PolicyObject extends KubeObject {
  readonly spec?: { readonly matchConditions?: readonly { readonly expression: string }[] };
}

interface Review extends KubeObject {
  readonly status?: { readonly userInfo?: { readonly username?: string } };
}

/** Finds out whether the policies stand, and whether they let this very process through. */
export class Policies {
  readonly #api: KubeApi;
  readonly #monotonic: () => number;
  #known: { readonly until: number; readonly answer: InPlaceRead["policies"] } | undefined;
  /** Of this process, for good. */
  #me: string | undefined;

  constructor(api: KubeApi, monotonic: () => number) {
    this.#api = api;
    this.#monotonic = monotonic;
  }

  /** Nothing may wait for this answer, a way back least of all: without one the Deployment is paused at rest. */
  async ask(): Promise<InPlaceRead["policies"]> {
    const now = this.#monotonic();
    if (this.#known && now < this.#known.until) return this.#known.answer;
    try {
      const answer = await this.#look();
      this.#known = { until: now + (typeof answer === "string" ? KEPT_MS : REFUSED_KEPT_MS), answer };
      return answer;
    } catch (error) {
      if (!(error instanceof KubeError)) throw error;
      return this.#known?.answer ?? "absent";
    }
  }

  async #look(): Promise<InPlaceRead["policies"]> {
    const get = async (plural: string, name: string) =>
      await getOrNothing<PolicyObject>(
        this.#api,
        resourcePath({ group: "admissionregistration.k8s.io", version: "v1", plural, name }),
        undefined,
      );
    const ask = async (name: string) => ({
      name,
      policy: await get("mutatingadmissionpolicies", name),
      binding: await get("mutatingadmissionpolicybindings", name),
    });
    const found = [];
    for (const name of policyNames) {
      const each = await ask(name);
      if (each.policy === undefined || each.binding === undefined) return "absent";
      found.push(each);
    }
    this.#me ??= await this.#identity();
    const me = this.#me;
    const closed = found.find(({ policy }) => !letsThrough(policy, me));
    return closed === undefined
      ? "present"
      : {
          refused: `MutatingAdmissionPolicy ${closed.name} does not let ${me} through: name this identity in its matchConditions`,
        };
  }

  async #identity(): Promise<string> {
    const path = resourcePath({
      group: "authentication.k8s.io",
      version: "v1",
      plural: "selfsubjectreviews",
    });
    const review = await this.#api.create<Review>(path, {
      apiVersion: "authentication.k8s.io/v1",
      kind: "SelfSubjectReview",
    });
    return review.status?.userInfo?.username ?? "";
  }
}

/** The exemption is a condition that names the user; see deploy/components/admission-policies/policies.yaml. */
function letsThrough(policy: PolicyObject | undefined, user: string): boolean {
  const conditions = policy?.spec?.matchConditions ?? [];
  return conditions.some(({ expression }) => expression.includes(`request.userInfo.username != '${user}'`));
}
