import type { Plugin } from "esbuild";

const pure = "@kubernetes/client-node";
const inside = `/node_modules/${pure}/`;

/**
 * Lets the bundler leave out what nobody imports of client-node: a thousand generated classes, which the package does not
 * say are free of side effects. The operator takes `KubeConfig` alone; without this each process keeps all of them in
 * memory, about 12 MiB.
 */
export const withoutUnusedModels: Plugin = {
  name: "without-unused-models",
  setup(build) {
    // Its own imports end in .js; those of most others do not, and need not be asked about.
    build.onResolve(
      { filter: /^@kubernetes\/client-node$|^\..*\.js$/ },
      async ({ path, importer, resolveDir, kind, pluginData, with: how }) => {
        if (pluginData === pure || !(path === pure || importer.includes(inside))) return undefined;
        const found = await build.resolve(path, { importer, resolveDir, kind, with: how, pluginData: pure });
        return found.path.includes(inside) ? { ...found, sideEffects: false } : found;
      },
    );
  },
};
