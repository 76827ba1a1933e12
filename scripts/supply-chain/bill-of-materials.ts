import { createHash } from "node:crypto";

/** The parts of npm's CycloneDX document that are read or made here. */
export interface BillOfMaterials {
  readonly serialNumber: string;
  readonly metadata: {
    readonly component: { readonly "bom-ref": string; readonly name: string };
    readonly [field: string]: unknown;
  };
  readonly components: readonly {
    readonly "bom-ref": string;
    readonly name: string;
    readonly version: string;
  }[];
  readonly dependencies: readonly { readonly ref: string; readonly dependsOn?: readonly string[] }[];
  readonly [field: string]: unknown;
}

/**
 * npm's document for all packages, cut down to those that run, and the same for the same lockfile: no time, a serial
 * number that is a hash of the components (https://cyclonedx.org/docs/1.5/json/#serialNumber), and the project's name
 * instead of its folder's. npm's own `--omit=dev` is of no use: with a lockfile alone, npm 11 leaves out packages that
 * development uses as well (tslib).
 * @throws Error when the document lacks one of them
 */
export function billOf(
  made: BillOfMaterials,
  name: string,
  running: readonly { readonly name: string; readonly version: string }[],
): BillOfMaterials {
  const wanted = new Set(running.map((each) => `${each.name}@${each.version}`));
  const components = made.components.filter((each) => wanted.delete(`${each.name}@${each.version}`));
  if (wanted.size > 0) throw new Error(`npm's bill of materials lacks ${[...wanted].join(", ")}`);
  const refs = new Set([made.metadata.component, ...components].map((each) => each["bom-ref"]));
  const dependencies = made.dependencies
    .filter(({ ref }) => refs.has(ref))
    .map(({ ref, dependsOn = [] }) => ({ ref, dependsOn: dependsOn.filter((other) => refs.has(other)) }));
  const component = { ...made.metadata.component, name, type: "application" };
  const metadata = { ...made.metadata, component, timestamp: undefined };
  return { ...made, serialNumber: serialNumber([component, components]), metadata, components, dependencies };
}

/** A UUID of the version for hashes of one's own kind (RFC 9562, 8). */
function serialNumber(content: unknown): string {
  const hash = createHash("sha256").update(JSON.stringify(content)).digest("hex");
  const [a, b, c, d, e] = [
    hash.slice(0, 8),
    hash.slice(8, 12),
    hash.slice(13, 16),
    hash.slice(17, 20),
    hash.slice(20, 32),
  ];
  return `urn:uuid:${a}-${b}-8${c}-8${d}-${e}`;
}
