import { labels } from "../../api/group.ts";
import type { PodTemplate } from "../../api/types.ts";
import type { Destination } from "../../core/observed.ts";
import { overlayModel } from "./model-overlay.ts";
import { ownLabels, slotName, typeOf } from "./names.ts";
import type { BindingObject, DeploymentObject, ServiceObject } from "./objects.ts";
import type { PodContent, SlotsSpec } from "./slots-spec.ts";

/** A Deployment, or why the content cannot be one. */
export type RenderedDeployment =
  | { readonly ok: true; readonly deployment: DeploymentObject }
  | { readonly ok: false; readonly message: string };

/** A revision by name, with what it consists of. */
export interface NamedContent {
  readonly revision: string;
  readonly content: PodContent;
}

/**
 * The Deployment of a slot. A slot is never rolled in place: it is scaled to 0, seen empty, and rendered anew. So
 * the strategy only matters when somebody changes the Deployment behind the operator's back, and then it shall not
 * cost a Ready pod; and there is no history to go back to, because recovery is by ControllerRevision.
 *
 * `name` is another one only for a dry-run.
 */
export function renderDeployment(
  spec: SlotsSpec,
  destination: Destination,
  { revision, content }: NamedContent,
  replicas: number,
  name: string = slotName(spec, destination),
): RenderedDeployment {
  const overlaid = overlayModel(content.template, content.model);
  if (!overlaid.ok) return overlaid;
  const podLabels = {
    [labels.rollout]: spec.name,
    [labels.slot]: destination,
    [labels.revision]: revision,
  };
  return {
    ok: true,
    deployment: {
      ...typeOf("Deployment"),
      metadata: {
        name,
        namespace: spec.namespace,
        labels: { ...ownLabels(spec), [labels.slot]: destination, [labels.revision]: revision },
      },
      spec: {
        replicas,
        selector: { matchLabels: slotSelector(spec, destination) },
        strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: "25%", maxUnavailable: 0 } },
        revisionHistoryLimit: 0,
        // A model may load for long; how long is too long is for the rollout's own stepTimeout to say.
        progressDeadlineSeconds: 2_147_483_647,
        template: withLabels(overlaid.template, podLabels),
      },
    },
  };
}

/** The Service of a slot. Instance targets are reached through node ports. */
export function renderService(spec: SlotsSpec, destination: Destination): ServiceObject | undefined {
  if (spec.service === undefined) return undefined;
  const { port, targetPort } = spec.service;
  return {
    ...typeOf("Service"),
    metadata: endpointMetadata(spec, destination),
    spec: {
      type: spec.binding?.targetType === "instance" ? "NodePort" : "ClusterIP",
      selector: slotSelector(spec, destination),
      ports: [{ port, targetPort: targetPort ?? port, protocol: "TCP" }],
    },
  };
}

/**
 * The TargetGroupBinding of a slot. Without a `targetType` the AWS Load Balancer Controller takes the group's own;
 * without `networking` it opens no security group.
 */
export function renderBinding(spec: SlotsSpec, destination: Destination): BindingObject | undefined {
  if (spec.service === undefined || spec.binding === undefined || spec.groups === undefined) return undefined;
  return {
    ...typeOf("TargetGroupBinding"),
    metadata: endpointMetadata(spec, destination),
    spec: {
      ...spec.binding,
      serviceRef: { name: slotName(spec, destination), port: spec.service.port },
      targetGroupARN: spec.groups[destination],
    },
  };
}

/** The user's labels and the slot's: the selector of a slot's Deployment and Service. */
export function slotSelector(spec: SlotsSpec, destination: Destination): Readonly<Record<string, string>> {
  return { ...spec.matchLabels, [labels.slot]: destination };
}

function endpointMetadata(spec: SlotsSpec, destination: Destination) {
  return {
    name: slotName(spec, destination),
    namespace: spec.namespace,
    labels: { ...ownLabels(spec), [labels.slot]: destination },
  };
}

/** A template with labels of the operator beside the user's. */
export function withLabels(template: PodTemplate, own: Readonly<Record<string, string>>): PodTemplate {
  const metadata = template.metadata ?? {};
  return { ...template, metadata: { ...metadata, labels: { ...metadata.labels, ...own } } };
}
