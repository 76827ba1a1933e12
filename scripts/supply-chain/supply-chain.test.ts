import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { root } from "../command.ts";
import { type BillOfMaterials, billOf } from "./bill-of-materials.ts";
import { packageFolders } from "./bundled-packages.ts";
import {
  developmentProblems,
  exceptions,
  type Lockfile,
  licenceProblems,
  runtimePackages,
} from "./licences.ts";
import { type LockedPackage, originProblems, scriptProblems } from "./lockfile.ts";
import { renderNotices } from "./notices.ts";

describe("licences", () => {
  test("of all that is used at run time are allowed", async () => {
    const lockfile = JSON.parse(await readFile(join(root, "package-lock.json"), "utf8")) as Lockfile;
    expect(runtimePackages(lockfile).length).toBeGreaterThan(50);
    expect(licenceProblems(lockfile)).toEqual([]);
  });

  const used = Object.fromEntries(
    Object.entries(exceptions).map(([name, { licence }]) => [`node_modules/${name}`, { license: licence }]),
  );
  test.each([
    ["GPL-3.0-only", "node_modules/a/node_modules/b", "b has the licence GPL-3.0-only, which is not allowed"],
    [undefined, "node_modules/@scope/a", "@scope/a has the licence none, which is not allowed"],
  ])("%s is refused", (license, path, problem) => {
    const entry = license === undefined ? {} : { license };
    expect(licenceProblems({ packages: { "": {}, ...used, [path]: entry } })).toEqual([problem]);
  });

  test("of what is used in development only are allowed there", async () => {
    const lockfile = JSON.parse(await readFile(join(root, "package-lock.json"), "utf8")) as Lockfile;
    expect(developmentProblems(lockfile)).toEqual([]);
    const packages = {
      "": {},
      "node_modules/a": { license: "AGPL-3.0", dev: true },
      "node_modules/b": { dev: true },
    };
    expect(developmentProblems({ packages })).toHaveLength(2);
  });

  test("at run time: those of development only are not looked at", () => {
    const packages = { ...used, "node_modules/a": { license: "MPL-2.0", dev: true } };
    expect(licenceProblems({ packages })).toEqual([]);
  });

  test("an exception for another licence than it names, or that nobody needs, is refused", () => {
    const packages = { ...used, "node_modules/argparse": { license: "GPL-2.0-only" } };
    expect(licenceProblems({ packages })).toHaveLength(1);
    expect(licenceProblems({ packages: {} })).toHaveLength(Object.keys(exceptions).length);
  });
});

describe("the lockfile", () => {
  const read = async () =>
    JSON.parse(await readFile(join(root, "package-lock.json"), "utf8")) as {
      lockfileVersion: number;
      packages: Record<string, LockedPackage>;
    };

  test("takes every package from the registry, with a checksum", async () => {
    const { lockfileVersion, packages } = await read();
    expect(lockfileVersion).toBe(3);
    expect(Object.keys(packages).length).toBeGreaterThan(200);
    expect(originProblems(packages)).toEqual([]);
    const npmrc = await readFile(join(root, ".npmrc"), "utf8");
    expect(npmrc).not.toMatch(/registry\s*=(?!true)/);
  });

  const integrity = `sha512-${"a".repeat(86)}==`;
  test.each<readonly [string, LockedPackage, string]>([
    ["a git repository", { version: "git+ssh://git@github.com/a/b.git", integrity }, "which is no number"],
    [
      "another host",
      { version: "1.0.0", resolved: "https://example.com/a.tgz", integrity },
      "not from the registry",
    ],
    ["no checksum", { version: "1.0.0" }, "no SHA-512 checksum"],
    ["an old checksum", { version: "1.0.0", integrity: "sha1-x" }, "no SHA-512 checksum"],
    ["a folder", { version: "1.0.0", integrity, link: true }, "a link to another folder"],
  ])("%s is refused", (_what, entry, problem) => {
    expect(originProblems({ "": {}, "node_modules/a": entry }).join()).toContain(problem);
  });

  test("no package runs a program when it is installed", async () => {
    const { packages } = await read();
    expect(scriptProblems(packages)).toEqual([]);
    expect(await readFile(join(root, ".npmrc"), "utf8")).toMatch(/^ignore-scripts=true$/m);
    const more = { ...packages, "node_modules/evil": { version: "1.0.0", hasInstallScript: true } };
    expect(scriptProblems(more)).toEqual(["evil wants to run a script", "evil does so at run time"]);
  });
});

test("docs/security.md lists what is in the image", async () => {
  const [image = ""] = (await readFile(join(root, "Dockerfile"), "utf8")).split(/^FROM /m).slice(-1);
  const copied = [...image.matchAll(/^COPY --from=build (.+) \.\/$/gm)].flatMap(([, files = ""]) =>
    files.split(" "),
  );
  expect(copied.length).toBeGreaterThan(5);
  const page = await readFile(join(root, "docs/security.md"), "utf8");
  const names = copied.map((path) => path.slice(path.lastIndexOf("/") + 1));
  expect(names.filter((name) => !page.includes(`\`${name}\``))).toEqual([]);
});

describe("notices", () => {
  const bytes = (bytesInOutput: number) => ({ bytesInOutput });

  test("name the packages whose code is in the bundle, nested ones too", () => {
    const inputs = {
      "src/main.ts": bytes(1),
      "node_modules/pino/lib/a.js": bytes(1),
      "node_modules/pino/lib/b.js": bytes(1),
      "../up/node_modules/@aws-sdk/core/node_modules/tslib/tslib.js": bytes(1),
      "node_modules/unused/a.js": bytes(0),
    };
    expect(packageFolders({ outputs: { "main.mjs": { inputs } } })).toEqual([
      "../up/node_modules/@aws-sdk/core/node_modules/tslib",
      "node_modules/pino",
    ]);
  });

  test("have every package, and equal texts once", () => {
    const entry = (name: string, texts: readonly string[]) => ({
      name,
      version: "1.0.0",
      licence: "MIT",
      texts,
    });
    const text = renderNotices([entry("a", ["Same."]), entry("b", ["Same."]), entry("c", [])]);
    expect(text.split("Same.")).toHaveLength(2);
    expect(text).toContain("a 1.0.0 (MIT)\nb 1.0.0 (MIT)\n\nSame.");
    expect(text).toContain("c 1.0.0 (MIT)\n\nLicence: MIT");
  });
});

describe("the bill of materials", () => {
  const made = (version: string, timestamp = "now"): BillOfMaterials => ({
    serialNumber: "urn:uuid:random",
    metadata: { timestamp, component: { "bom-ref": "root", name: "a-folder" } },
    components: ["a", "b", "dev"].map((name) => ({ "bom-ref": name, name, version })),
    dependencies: [
      { ref: "root", dependsOn: ["a", "dev"] },
      { ref: "a", dependsOn: ["b"] },
      { ref: "dev", dependsOn: ["b"] },
    ],
  });
  const running = (version: string) => ["a", "b"].map((name) => ({ name, version }));

  test("has what runs, and no more", () => {
    const { components, dependencies, metadata } = billOf(made("1"), "modelrollout", running("1"));
    expect(components.map(({ name }) => name)).toEqual(["a", "b"]);
    expect(dependencies).toEqual([
      { ref: "root", dependsOn: ["a"] },
      { ref: "a", dependsOn: ["b"] },
    ]);
    expect(metadata.component.name).toBe("modelrollout");
  });

  test("is the same for the same packages, another for others", () => {
    const text = (version: string, time: string) =>
      JSON.stringify(billOf(made(version, time), "modelrollout", running(version)));
    expect(text("1", "now")).toBe(text("1", "later"));
    const { serialNumber } = billOf(made("1"), "modelrollout", running("1"));
    expect(serialNumber).toMatch(/^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(text("2", "now")).not.toContain(serialNumber);
  });

  test("is refused when npm has left one out", () => {
    expect(() => billOf(made("1"), "modelrollout", [{ name: "tslib", version: "2" }])).toThrow(
      /lacks tslib@2/,
    );
  });
});
