import { parseArgs } from "node:util";
import { createStack } from "./fixtures.ts";
import { startSimulator } from "./simulator.ts";

/**
 * The simulator on its own: `node test/aws-simulator/main.ts [--port 4566] [--region us-east-1] [--stack NAME]…`.
 * Prints what to export, then one line of JSON per `--stack` with the ARNs it created. Stays until SIGINT or SIGTERM.
 */
const { values } = parseArgs({
  options: {
    port: { type: "string", default: "4566" },
    region: { type: "string", default: "us-east-1" },
    stack: { type: "string", multiple: true, default: [] },
  },
});

const print = (line: string): void => void process.stdout.write(`${line}\n`);

const simulator = await startSimulator({ port: Number(values.port), region: values.region });
print(`export AWS_ENDPOINT_URL=${simulator.endpoint}`);
print(
  `export AWS_REGION=${simulator.region} AWS_ACCESS_KEY_ID=${simulator.account} AWS_SECRET_ACCESS_KEY=simulated`,
);
for (const name of values.stack) print(JSON.stringify(createStack(simulator, { name })));

// The simulator's own timers do not keep the process alive; its listening socket does.
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, () => {
    simulator.stop().then(
      () => process.exit(0),
      (error: unknown) => {
        process.stderr.write(`${String(error)}\n`);
        process.exit(1);
      },
    );
  });
}
