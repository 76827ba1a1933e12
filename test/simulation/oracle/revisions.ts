import { labels } from "../../../src/api/group.ts";
import type { PodTemplate } from "../../../src/api/types.ts";
import type { KubeObject } from "../../../src/runtime/kube-object.ts";
import { hashOf } from "../cluster/rolled-objects.ts";
import { NAMESPACE } from "../names.ts";
import type { World } from "../world.ts";

type Kept = KubeObject & {
  readonly data?: { readonly template?: PodTemplate; readonly rendered?: PodTemplate };
};

/** The revision that a template is, by what was stored of it; its own hash when nothing was. */
export function revisionOfTemplate({ server }: World, hash: string): string {
  const kept = server.etcd.list("controllerrevisions.apps") as readonly Kept[];
  const found = kept.find(({ metadata, data }) => {
    const template = data?.rendered ?? data?.template;
    return metadata.namespace === NAMESPACE && template !== undefined && hashOf(template) === hash;
  });
  return found?.metadata.labels?.[labels.revision] ?? hash;
}
