import { readFileSync } from "node:fs";
import { registerHooks } from "node:module";
import { fileURLToPath } from "node:url";
import { parentPort, workerData } from "node:worker_threads";
import type { PlantedFault } from "./fault.ts";

/** The operator's code with one fault in it, run until a seed shows it. */
const fault = workerData as PlantedFault;

registerHooks({
  load: (url, context, nextLoad) => {
    const loaded = nextLoad(url, context);
    if (!url.endsWith(`/src/${fault.file}`)) return loaded;
    const source = readFileSync(fileURLToPath(url), "utf8");
    if (source.split(fault.text).length !== 2) throw new Error(`${fault.file}: the text is not there once`);
    return { ...loaded, source: source.replace(fault.text, () => fault.instead) };
  },
});

const { run } = await import("../run.ts");
let caught: { seed: number; violation: string } | undefined;
for (let seed = 1; seed <= fault.within && !caught; seed += 1) {
  const { setup } = fault;
  const [violation] = (await run(seed, setup ? { setup } : {})).violations;
  if (violation !== undefined) caught = { seed, violation };
}
const port = parentPort;
port?.postMessage(caught);
