import type { BundledPackage } from "./bundled-packages.ts";

const line = "-".repeat(80);

/** The file that goes with the bundles: every package in it with its licence; equal texts are there once. */
export function renderNotices(packages: readonly BundledPackage[]): string {
  const byText = new Map<string, BundledPackage[]>();
  for (const entry of packages) {
    const text = entry.texts.length > 0 ? entry.texts.join("\n\n") : `Licence: ${entry.licence}`;
    byText.set(text, [...(byText.get(text) ?? []), entry]);
  }
  const sections = [...byText].map(([text, entries]) => {
    const names = entries.map(({ name, version, licence }) => `${name} ${version} (${licence})`);
    return [line, ...names, "", text, ""].join("\n");
  });
  const head = `The bundles contain code of these ${packages.length} packages.\n`;
  return [head, ...sections].join("\n");
}
