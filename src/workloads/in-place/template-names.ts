import { labels } from "../../api/group.ts";
import { hasAllOf } from "./aliases.ts";
import { hashOfTemplate, type InPlaceDeployment, type PodSetObject } from "./objects.ts";
import { isOwned } from "./owned-deployment.ts";
import type { InPlaceParts, InPlaceSpec } from "./read.ts";
import type { InPlaceRevision } from "./revisions.ts";
import { byOwner } from "./stores.ts";

/** The revision that a template is, by its hash. */
export type TemplateNames = (hash: string) => string;

/**
 * Names of templates: the stored revision where the hash is that of one, whatever today's hash would be, or where the API
 * server says that it makes this very template of one today (an upgrade of Kubernetes has added defaults). Any other
 * template is called by its hash.
 */
export async function templateNames(
  parts: InPlaceParts,
  spec: InPlaceSpec,
  deployment: InPlaceDeployment,
  stored: readonly InPlaceRevision[],
  signal: AbortSignal | undefined,
): Promise<TemplateNames> {
  const names = new Map(stored.map(({ revision, template }) => [hashOfTemplate(template), revision]));
  const find = async (hash: string, among: readonly InPlaceRevision[]): Promise<boolean> => {
    for (const each of among) {
      if (!(await parts.aliases.isSame(deployment, each, hash, signal))) continue;
      names.set(hash, each.revision);
      return true;
    }
    return false;
  };
  const standing = hashOfTemplate(deployment.spec.template);
  const upgraded = !names.has(standing) && (await find(standing, candidates(spec, deployment, stored)));
  if (upgraded) {
    // Then the ReplicaSets of the other versions have those defaults, too.
    const sets = parts.stores.sets.byIndex(byOwner, deployment.metadata.uid ?? "");
    for (const { hash } of sets.filter(hasPods)) if (!names.has(hash)) await find(hash, stored);
  }
  return (hash) => names.get(hash) ?? hash;
}

/** Of ours the label says which one it claims to be; what lacks something of a stored one is another template. */
function candidates(
  spec: InPlaceSpec,
  { spec: { template } }: InPlaceDeployment,
  stored: readonly InPlaceRevision[],
): readonly InPlaceRevision[] {
  const claimed = template.metadata?.labels?.[labels.revision];
  return isOwned(spec)
    ? stored.filter(({ revision }) => revision === claimed)
    : stored.filter((each) => hasAllOf(template, each.template));
}

const hasPods = ({ spec, status }: PodSetObject): boolean =>
  (spec.replicas ?? 0) > 0 || (status?.replicas ?? 0) > 0;
