import type { Destination, TemplateProof } from "../../core/observed.ts";
import type { KubeApi } from "../../runtime/kube-api.ts";
import { isReason, KubeError } from "../../runtime/kube-error.ts";
import type { KubeObject } from "../../runtime/kube-object.ts";
import { fieldManager, pathOf, type RolloutIdentity, slotName } from "./names.ts";
import { attempt, type Outcome, problemOf } from "./outcome.ts";
import { type SlotsContext, signalOf } from "./owned-object.ts";
import { type NamedContent, renderDeployment } from "./render.ts";
import type { SlotsSpec } from "./slots-spec.ts";

/**
 * Asks the API server, by a strict dry-run, whether it would make the slot's Deployment from this content: unknown
 * fields, wrong values, quotas and policies are all found here, before anything is released.
 *
 * A name that is in use already is replaced by one that is not: it is the template that is proved. Answers that say
 * nothing about the template (no rights, no answer) are a problem and no proof.
 */
export async function proveTemplate(
  context: SlotsContext,
  spec: SlotsSpec,
  destination: Destination,
  named: NamedContent,
  signal?: AbortSignal,
): Promise<Outcome<{ readonly proof: TemplateProof }>> {
  const { revision } = named;
  const known = context.stores.deployments.get(`${spec.namespace}/${slotName(spec, destination)}`);
  return await proveDeployment(
    context.api,
    {
      rollout: spec,
      revision,
      ...(known === undefined ? { name: slotName(spec, destination) } : {}),
      // One replica, so that policies that look at it have something to look at.
      render: (name) => renderDeployment(spec, destination, named, 1, name),
    },
    signal,
  );
}

/** What is proved: the Deployment that `render` makes under a name. */
export interface Candidate<T extends KubeObject> {
  readonly rollout: RolloutIdentity;
  readonly revision: string;
  /** The name it will have; absent when that is known to be in use. */
  readonly name?: string;
  readonly render: (
    name: string,
  ) => { readonly ok: true; readonly deployment: T } | { readonly ok: false; readonly message: string };
}

/** What the API server says, and, where it would accept it, the object as it would stand. */
export interface Proved<T extends KubeObject> {
  readonly proof: TemplateProof;
  readonly made?: T;
}

/** One strict dry-run, under a name that is free. Answers that say nothing about the template are a problem. */
export async function proveDeployment<T extends KubeObject>(
  api: KubeApi,
  candidate: Candidate<T>,
  signal?: AbortSignal,
): Promise<Outcome<Proved<T>>> {
  const { rollout, revision, name: own } = candidate;
  const spare = `${rollout.name.slice(0, 63 - "-proof-".length - revision.length)}-proof-${revision}`;
  const names = [...(own === undefined ? [] : [own]), spare];
  return await attempt(async () => {
    for (const name of names) {
      const proved = await prove(api, candidate, name, signal);
      if (proved !== "name in use") return { ok: true, ...proved };
    }
    return { ok: true, proof: { revision, ok: false, message: `${names.join(" and ")} exist already` } };
  });
}

async function prove<T extends KubeObject>(
  api: KubeApi,
  { rollout, revision, render }: Candidate<T>,
  name: string,
  signal: AbortSignal | undefined,
): Promise<Proved<T> | "name in use"> {
  const rendered = render(name);
  if (!rendered.ok) return { proof: { revision, ok: false, message: rendered.message } };
  try {
    const made = await api.create<T>(pathOf("Deployment", rollout.namespace), rendered.deployment, {
      dryRun: true,
      fieldValidation: "Strict",
      fieldManager,
      ...signalOf({ signal }),
    });
    return { proof: { revision, ok: true }, made };
  } catch (error) {
    if (isReason(error, "AlreadyExists")) return "name in use";
    if (!(error instanceof KubeError) || !concernsTemplate(error)) throw error;
    return { proof: { revision, ok: false, message: readableRefusal(error) } };
  }
}

function concernsTemplate(error: KubeError): boolean {
  const { kind } = problemOf(error);
  return kind === "invalid" || kind === "refused";
}

/** The API server's answer, the fields first: `spec.template.spec.containers[0].imge: unknown field`. */
export function readableRefusal(error: KubeError): string {
  const causes = (error.details?.causes ?? []).flatMap(({ field, message }) =>
    field === undefined || message === undefined ? [] : [`${field}: ${message}`],
  );
  if (causes.length > 0) return joined(causes);
  const strict = /strict decoding error: (.*)$/.exec(error.message)?.[1];
  if (strict !== undefined) {
    return joined(
      strict.split(", ").map((part) => part.replace(/^(unknown|duplicate) field "(.*)"$/, "$2: $1 field")),
    );
  }
  // `POST /path: 403 Forbidden: sentence`
  return error.message.replace(/^[A-Z]+ \S+: \d* ?\w+: /, "");
}

function joined(findings: readonly string[]): string {
  return [...new Set(findings)].join("; ");
}
