import type { KubeApi } from "../../src/runtime/kube-api.ts";

/** The same API server, in which one group of types is looked for under a name that it does not have. */
export function withoutGroup(api: KubeApi, group: string): KubeApi {
  const moved = (path: string) => path.replace(`/apis/${group}/`, `/apis/absent.${group}/`);
  return {
    get: (path, options) => api.get(moved(path), options),
    list: (path, options) => api.list(moved(path), options),
    create: (path, body, options) => api.create(moved(path), body, options),
    apply: (path, body, options) => api.apply(moved(path), body, options),
    patch: (path, body, options) => api.patch(moved(path), body, options),
    replace: (path, body, options) => api.replace(moved(path), body, options),
    delete: (path, options) => api.delete(moved(path), options),
    watch: (path, options) => api.watch(moved(path), options),
    version: (options) => api.version(options),
    close: () => api.close(),
  };
}
