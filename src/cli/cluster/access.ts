import { group, plural, version } from "../../api/group.ts";
import type { ModelRollout } from "../../api/types.ts";
import { nearest } from "../../config/nearest.ts";
import { systemClock } from "../../runtime/clock.ts";
import type { KubeApi } from "../../runtime/kube-api.ts";
import { createKubeApi } from "../../runtime/kube-client.ts";
import { namespaceOf } from "../../runtime/kube-config.ts";
import { isReason, KubeError } from "../../runtime/kube-error.ts";
import type { KubeObject } from "../../runtime/kube-object.ts";
import { resourcePath } from "../../runtime/resource-path.ts";
import type { StoredRevision } from "../../workloads/slots/revisions.ts";
import type { Patch } from "../act/act.ts";
import type { AdoptedDeployment } from "../plan/scene.ts";
import { Problem } from "../problem.ts";
import type { Cluster, ClusterFlags, RolloutObject, RolloutWatcher, Trial } from "./cluster.ts";
import { personsKubeConfig } from "./kube-config.ts";
import { problemOf } from "./kube-problem.ts";
import { adoptedDeployment, keptRevisions, takenNames, trialOf, tryPods } from "./surroundings.ts";
import { watchOne } from "./watch.ts";

/** Who writes, in `managedFields`. */
export const fieldManager = "kubectl-modelrollout";

/** Reads the kubeconfig; nothing is sent yet. Throws Problem. */
export function openCluster(flags: ClusterFlags, pluginVersion: string): Cluster {
  const config = personsKubeConfig(flags);
  const api = createKubeApi(config, { userAgent: `kubectl-modelrollout/${pluginVersion}` });
  const server = config.getCurrentCluster()?.server ?? "";
  return new ApiCluster(api, flags.namespace ?? namespaceOf(config), server, scopeOf(flags));
}

function scopeOf({ namespace, context, kubeconfig }: ClusterFlags): string {
  const parts = [
    namespace === undefined ? "" : ` -n ${namespace}`,
    context === undefined ? "" : ` --context ${quoted(context)}`,
    kubeconfig === undefined ? "" : ` --kubeconfig ${quoted(kubeconfig)}`,
  ];
  return parts.join("");
}

const quoted = (word: string) =>
  /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;

class ApiCluster implements Cluster {
  readonly namespace: string;
  readonly scope: string;
  readonly #api: KubeApi;
  readonly #server: string;

  constructor(api: KubeApi, namespace: string, server: string, scope: string) {
    this.#api = api;
    this.#server = server;
    this.namespace = namespace;
    this.scope = scope;
  }

  #path(name?: string, namespace = this.namespace): string {
    return resourcePath({ group, version, plural, namespace, ...(name === undefined ? {} : { name }) });
  }

  async #asked<T>(doing: string, call: Promise<T>): Promise<T> {
    try {
      return await call;
    } catch (error) {
      throw problemOf(error, doing, { namespace: this.namespace, server: this.#server });
    }
  }

  async find(name: string, namespace?: string): Promise<RolloutObject | undefined> {
    try {
      return await this.#api.get<RolloutObject>(this.#path(name, namespace), { retry: { tries: 2 } });
    } catch (error) {
      if (error instanceof KubeError && error.reason === "NotFound" && error.details?.name !== undefined)
        return;
      throw problemOf(error, "get modelrollouts", { namespace: this.namespace, server: this.#server });
    }
  }

  async get(name: string): Promise<RolloutObject> {
    return (await this.find(name)) ?? (await this.#missing(name));
  }

  async #missing(name: string): Promise<never> {
    const names = await this.#api.list(this.#path(), { limit: 500 }).then(
      ({ items }) => items.flatMap(({ metadata }) => metadata.name ?? []),
      () => [],
    );
    const meant = nearest(name, names);
    const there =
      names.length === 0 ? "There are none here; -n names another namespace." : `There is ${listed(names)}.`;
    const hint = meant === undefined ? there : `Did you mean ${meant}?`;
    throw new Problem("notFound", `there is no ModelRollout ${name} in namespace ${this.namespace}`, [hint]);
  }

  patch(name: string, patch: Patch): Promise<RolloutObject> {
    const call = this.#api.patch<RolloutObject>(this.#path(name), patch, { type: "merge", fieldManager });
    return this.#asked("patch modelrollouts", call);
  }

  tryOut(rollout: ModelRollout, live: RolloutObject | undefined): Promise<Trial<RolloutObject>> {
    const namespace = rollout.metadata.namespace ?? this.namespace;
    const options = { dryRun: true, fieldManager, fieldValidation: "Strict" } as const;
    const call =
      live === undefined
        ? this.#api.create<RolloutObject>(this.#path(undefined, namespace), rollout, options)
        : this.#api.replace<RolloutObject>(
            this.#path(rollout.metadata.name, namespace),
            { ...live, metadata: mergedMetadata(rollout, live), spec: rollout.spec },
            options,
          );
    return this.#asked("create or update modelrollouts", trialOf(call));
  }

  tryPods(rollout: RolloutObject): Promise<Trial<KubeObject>> {
    return this.#asked("create deployments", tryPods(this.#api, rollout));
  }

  revisions(rollout: RolloutObject): Promise<readonly StoredRevision[] | undefined> {
    return this.#asked("list controllerrevisions", unlessForbidden(keptRevisions(this.#api, rollout)));
  }

  takenNames(rollout: RolloutObject): Promise<readonly string[] | undefined> {
    return this.#asked("get deployments", unlessForbidden(takenNames(this.#api, rollout)));
  }

  adopted(rollout: RolloutObject): Promise<AdoptedDeployment | undefined> {
    return this.#asked("get deployments", unlessForbidden(adoptedDeployment(this.#api, rollout)));
  }

  async watch(name: string, watcher: RolloutWatcher, signal: AbortSignal): Promise<void> {
    const where = { namespace: this.namespace, server: this.#server };
    const select = { api: this.#api, path: this.#path(), name, namespace: this.namespace };
    try {
      await watchOne({ ...select, clock: systemClock, random: Math.random }, watcher, signal);
    } catch (error) {
      throw problemOf(error, "watch modelrollouts", where);
    }
  }

  close(): Promise<void> {
    return this.#api.close();
  }
}

/** The file's labels and annotations over those that are there, as `kubectl apply` leaves those of others alone. */
function mergedMetadata({ metadata }: ModelRollout, live: RolloutObject): object {
  return {
    ...live.metadata,
    labels: { ...live.metadata.labels, ...metadata.labels },
    annotations: { ...live.metadata.annotations, ...metadata.annotations },
  };
}

async function unlessForbidden<T>(call: Promise<T>): Promise<T | undefined> {
  try {
    return await call;
  } catch (error) {
    if (isReason(error, "Forbidden")) return undefined;
    throw error;
  }
}

function listed(names: readonly string[]): string {
  const shown = names.slice(0, 5).join(", ");
  return names.length > 5 ? `${shown} and ${names.length - 5} more` : shown;
}
