import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, test } from "vitest";
import { trafficKinds } from "../../demo/traffic/traffic.ts";

const run = promisify(execFile);
const main = fileURLToPath(new URL("../../demo/main.ts", import.meta.url));

/** In a pipe the demo prints a line for each change; its exit code says whether the outcome was what it claims. */
describe.concurrent("npm run demo", () => {
  test.for(trafficKinds)("-- --traffic %s", async (kind, { expect }) => {
    const { stdout } = await run(process.execPath, [main, "--traffic", kind], { maxBuffer: 8 << 20 });
    // oxlint-disable-next-line no-control-regex
    expect(stdout).not.toMatch(/\u001b/);
    expect(stdout).toMatch(/state {4}Holding 1\/3[^\n]*\n[\s\S]*Holding 2\/3[\s\S]*Holding 3\/3/);
    expect(stdout).toMatch(/✓ v8 promoted +\d+ s +[\d ]+ requests, 0 errors\n/);
    expect(stdout).toMatch(/✓ v9 rolled back +\d+ s +[\d ]+ requests, \d+ errors from v9\n/);
    expect(stdout).toMatch(/From the read of ALARM to [\w ]+: [\d.]+ ms\n/);
  });
});
