import {
  type Bindings,
  type ChildLoggerOptions,
  type DestinationStream,
  type Logger,
  type LoggerOptions,
  pino,
  stdTimeFunctions,
} from "pino";
import type { LogLevel } from "../config.ts";
import { version } from "../version.ts";
import { errorRecord } from "./error-record.ts";
import { isSecretName, masked, withoutSecrets } from "./secrets.ts";

/** Objects deeper than this are cut; nothing that is worth a log line is. */
const deepest = 8;

/**
 * The logger of the process: one JSON object a line, on stdout unless told otherwise, with `level` as a word, `time`
 * in ISO 8601, `version`, and an error under `err` (see errorRecord).
 *
 * No secret gets into a line: fields are masked by their names at any depth, errors are reduced to safe fields, and
 * the finished line is searched for what looks like a token or a key. Nobody can forge a line either: whatever is in
 * a text, JSON keeps it in its own.
 */
export function createLogger(level: LogLevel, destination?: DestinationStream): Logger {
  const options: LoggerOptions = {
    level,
    base: { version },
    timestamp: stdTimeFunctions.isoTime,
    formatters: {
      level: (label) => ({ level: label }),
      log: (fields) => presentable(fields),
    },
    // Errors are already made presentable above; pino's own serializer would add fields again.
    serializers: { err: (record: unknown) => record },
    hooks: { logMethod: withSafeMessage, streamWrite: withoutSecrets },
  };
  const logger = destination === undefined ? pino(options) : pino(options, destination);
  return maskChildren(logger);
}

/** pino formats the fields of a line only, not those that a child brings to all of its lines. Children inherit this. */
function maskChildren(logger: Logger): Logger {
  const child = Reflect.get(logger, "child") as unknown as (
    bindings: Bindings,
    more?: ChildLoggerOptions,
  ) => Logger;
  function maskedChild(this: Logger, bindings: Bindings, more?: ChildLoggerOptions): Logger {
    return Reflect.apply(child, this, [presentable(bindings), more]);
  }
  return Object.assign(logger, { child: maskedChild });
}

/** pino takes the message from an error where none is given: ours must be the safe one. */
function withSafeMessage(this: Logger, args: Parameters<Logger["info"]>, method: Logger["info"]): void {
  const [first, message]: readonly unknown[] = args;
  const error = first instanceof Error ? first : errorUnder(first);
  if (error === undefined || message !== undefined) {
    if (first instanceof Error) Reflect.apply(method, this, [{ err: first }, ...args.slice(1)]);
    else Reflect.apply(method, this, args);
    return;
  }
  const fields = first instanceof Error ? { err: first } : first;
  Reflect.apply(method, this, [fields, errorRecord(error).message]);
}

function errorUnder(value: unknown): Error | undefined {
  if (typeof value !== "object" || value === null || !("err" in value)) return undefined;
  return value.err instanceof Error ? value.err : undefined;
}

function presentable(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [name, isSecretName(name) ? masked : safe(value, 1)]),
  );
}

function safe(value: unknown, depth: number): unknown {
  if (value instanceof Error) return errorRecord(value);
  if (typeof value !== "object" || value === null) return value;
  if (depth > deepest) return "…";
  if (value instanceof Date) return value;
  if (Array.isArray(value)) return value.map((item) => safe(item, depth + 1));
  return Object.fromEntries(
    Object.entries(value).map(([name, part]) => [name, isSecretName(name) ? masked : safe(part, depth + 1)]),
  );
}
