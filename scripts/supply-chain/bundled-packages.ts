import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";

/** The part of esbuild's metafile that is needed here. */
export interface BundleReport {
  readonly outputs: Readonly<
    Record<string, { readonly inputs: Readonly<Record<string, { readonly bytesInOutput: number }>> }>
  >;
}

/** A package of which code went into the bundle. */
export interface BundledPackage {
  readonly name: string;
  readonly version: string;
  /** SPDX expression. */
  readonly licence: string;
  /** Texts of its licence and notice files, trimmed; without one there is none. */
  readonly texts: readonly string[];
}

/** Folders of packages whose code is in an output, relative as in the report: the last `node_modules/NAME` of a path. */
export function packageFolders({ outputs }: BundleReport): readonly string[] {
  const folders = Object.values(outputs).flatMap(({ inputs }) =>
    Object.entries(inputs)
      .filter(([, { bytesInOutput }]) => bytesInOutput > 0)
      .map(([path]) => /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(path)?.[0])
      .filter((folder) => folder !== undefined),
  );
  return [...new Set(folders)].sort();
}

const isLegal = (file: string): boolean => /^(licen[cs]e|copying|notice)\b/i.test(file);

/** Reads what the bundle is made of. @param root folder that the report's paths start from */
export async function bundledPackages(
  report: BundleReport,
  root: string,
): Promise<readonly BundledPackage[]> {
  return Promise.all(
    packageFolders(report).map(async (relative) => {
      const folder = join(root, relative);
      const { name, version, license } = JSON.parse(await readFile(join(folder, "package.json"), "utf8")) as {
        readonly name: string;
        readonly version: string;
        readonly license?: string;
      };
      const files = (await readdir(folder)).filter(isLegal).sort();
      const texts = await Promise.all(files.map((file) => readFile(join(folder, file), "utf8")));
      return {
        name,
        version,
        licence: license ?? "unknown",
        texts: texts.map((text) => text.replaceAll("\r\n", "\n").trim()),
      };
    }),
  );
}
