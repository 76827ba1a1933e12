import type { Destination, TemplateProof } from "../../core/observed.ts";
import { isReason, KubeError } from "../../runtime/kube-error.ts";
import { fieldManager, pathOf, slotName } from "./names.ts";
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
  const names = [
    ...(known === undefined ? [slotName(spec, destination)] : []),
    `${spec.name.slice(0, 63 - "-proof-".length - revision.length)}-proof-${revision}`,
  ];
  return await attempt(async () => {
    for (const name of names) {
      const proof = await prove(context, spec, destination, named, name, signal);
      if (proof !== "name in use") return { ok: true, proof };
    }
    return { ok: true, proof: { revision, ok: false, message: `${names.join(" and ")} exist already` } };
  });
}

async function prove(
  context: SlotsContext,
  spec: SlotsSpec,
  destination: Destination,
  named: NamedContent,
  name: string,
  signal: AbortSignal | undefined,
): Promise<TemplateProof | "name in use"> {
  const { revision } = named;
  // One replica, so that policies that look at it have something to look at.
  const rendered = renderDeployment(spec, destination, named, 1, name);
  if (!rendered.ok) return { revision, ok: false, message: rendered.message };
  try {
    await context.api.create(pathOf("Deployment", spec.namespace), rendered.deployment, {
      dryRun: true,
      fieldValidation: "Strict",
      fieldManager,
      ...signalOf({ signal }),
    });
    return { revision, ok: true };
  } catch (error) {
    if (isReason(error, "AlreadyExists")) return "name in use";
    if (!(error instanceof KubeError) || !concernsTemplate(error)) throw error;
    return { revision, ok: false, message: readableRefusal(error) };
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
