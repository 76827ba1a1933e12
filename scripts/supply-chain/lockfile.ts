/** An entry of package-lock.json, version 3, as far as it says where a package comes from. */
export interface LockedPackage {
  readonly version?: string;
  readonly resolved?: string;
  readonly integrity?: string;
  readonly link?: boolean;
  readonly hasInstallScript?: boolean;
  readonly dev?: boolean;
  readonly optional?: boolean;
  readonly os?: readonly string[];
}

const registry = "https://registry.npmjs.org/";

/** Packages that would like to run a program when they are installed; .npmrc lets none. What they want, and why it may be left out. */
export const withInstallScript: Readonly<Record<string, string>> = {
  esbuild:
    "checks that its platform's own package is there and puts a shortcut to it; it works without, only slower to start",
};

const nameOf = (path: string): string =>
  path.slice(path.lastIndexOf("node_modules/") + "node_modules/".length);

/**
 * Where packages come from: one line for each that is not from the public registry, or whose content nobody would check.
 * Without `resolved` (.npmrc: omit-lockfile-registry-resolved) a package is the registry's. Binaries of other
 * platforms for development have no checksum here: npm leaves them out of a lockfile that is made elsewhere.
 */
export function originProblems(packages: Readonly<Record<string, LockedPackage>>): readonly string[] {
  return Object.entries(packages).flatMap(([path, entry]) => {
    if (path === "") return [];
    const { version = "", resolved, integrity, link, dev, optional, os } = entry;
    const name = nameOf(path);
    const problems: string[] = [];
    if (link === true) problems.push(`${name} is a link to another folder`);
    if (!/^\d+\.\d+\.\d+/.test(version))
      problems.push(`${name} has the version ${version}, which is no number`);
    if (resolved !== undefined && !resolved.startsWith(registry))
      problems.push(`${name} comes from ${resolved}, not from the registry`);
    const elsewhere = dev === true && optional === true && os !== undefined;
    if (integrity === undefined ? !elsewhere : !/^sha512-[A-Za-z0-9+/]{86}==$/.test(integrity))
      problems.push(`${name} has no SHA-512 checksum`);
    return problems;
  });
}

/** Install scripts: one line for each that is not known, is used at run time, or is known and gone. */
export function scriptProblems(packages: Readonly<Record<string, LockedPackage>>): readonly string[] {
  const found = Object.entries(packages).filter(([, { hasInstallScript }]) => hasInstallScript === true);
  const names = found.map(([path]) => nameOf(path));
  return [
    ...names
      .filter((name) => withInstallScript[name] === undefined)
      .map((name) => `${name} wants to run a script`),
    ...found.filter(([, { dev }]) => dev !== true).map(([path]) => `${nameOf(path)} does so at run time`),
    ...Object.keys(withInstallScript)
      .filter((name) => !names.includes(name))
      .map((name) => `${name} has no script any more`),
  ];
}
