/**
 * Writes dist/sbom.cdx.json, the CycloneDX bill of materials of what runs in production, made by npm from the
 * lockfile. Exits with 1 when a licence is not allowed (supply-chain/licences.ts).
 */
import { execFile } from "node:child_process";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { promisify } from "node:util";
import { environment, root } from "./command.ts";
import { type BillOfMaterials, billOf } from "./supply-chain/bill-of-materials.ts";
import { type Lockfile, licenceProblems, runtimePackages } from "./supply-chain/licences.ts";

const json = async <T>(file: string): Promise<T> => JSON.parse(await readFile(join(root, file), "utf8")) as T;

const lockfile = await json<Lockfile>("package-lock.json");
const problems = licenceProblems(lockfile);
for (const problem of problems) console.error(problem);
if (problems.length > 0) process.exitCode = 1;

const { stdout } = await promisify(execFile)(
  "npm",
  ["sbom", "--sbom-format=cyclonedx", "--package-lock-only"],
  {
    cwd: root,
    env: environment,
    maxBuffer: 64 << 20,
  },
);
const { name } = await json<{ readonly name: string }>("package.json");
const bill = billOf(JSON.parse(stdout) as BillOfMaterials, name, runtimePackages(lockfile));

const file = join(root, "dist", "sbom.cdx.json");
await mkdir(join(root, "dist"), { recursive: true });
await writeFile(file, `${JSON.stringify(bill, null, 2)}\n`);
console.log(`${relative(process.cwd(), file)}: ${bill.components.length} packages`);
