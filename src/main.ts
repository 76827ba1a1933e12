/** Composition root: the only reader of env, argv and signals. */
import { type Config, helpText, informationAsked, parseConfig } from "./config.ts";
import { createLogger } from "./observability/log.ts";
import { type Operator, type OperatorSurroundings, startOperator } from "./operator.ts";
import { version } from "./version.ts";

const EXIT_CONFIG = 2;

async function main(): Promise<void> {
  const argv = process.argv.slice(2);
  const asked = informationAsked(argv);
  if (asked !== undefined) {
    process.stdout.write(`${asked === "help" ? helpText() : version}\n`);
    return;
  }
  const parsed = parseConfig(argv, process.env);
  if (!parsed.ok) {
    process.stderr.write(`${parsed.problems.map((problem) => `modelrollout: ${problem}`).join("\n")}\n`);
    process.stderr.write("modelrollout: --help lists all flags\n");
    process.exitCode = EXIT_CONFIG;
    return;
  }
  const log = createLogger(parsed.config.logLevel);
  process.on("unhandledRejection", (error) => {
    log.fatal({ err: error }, "a promise nobody waits for failed: this is a bug, starting over");
    process.exit(1);
  });
  const region = process.env["AWS_REGION"] ?? process.env["AWS_DEFAULT_REGION"] ?? "us-east-1";
  const identity = `${process.env["POD_NAME"] ?? process.env["HOSTNAME"] ?? "modelrollout"}_${crypto.randomUUID().slice(0, 8)}`;
  const operator = await begin(parsed.config, { log, region, identity });
  if (!operator) return;
  let stopping = false;
  const stop = (signal: NodeJS.Signals): void => {
    if (stopping) process.exit(1);
    stopping = true;
    log.info({ signal }, "stopping");
    operator.stop().then(
      () => process.exit(0),
      (error: unknown) => {
        log.error({ err: error }, "stopped with an error");
        process.exit(1);
      },
    );
  };
  process.on("SIGTERM", stop);
  process.on("SIGINT", stop);
  const failure = await operator.ended;
  if (stopping) return;
  log.fatal({ err: failure }, "ended");
  process.exit(1);
}

/** Starts, or says in one line why that is impossible: an unreadable kubeconfig is not a stack trace. */
async function begin(config: Config, surroundings: OperatorSurroundings): Promise<Operator | undefined> {
  try {
    return await startOperator(config, surroundings);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    process.stderr.write(`${message.replace(/^/gm, "modelrollout: ")}\n`);
    process.exitCode = EXIT_CONFIG;
    return undefined;
  }
}

await main();
