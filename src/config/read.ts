import { parseDuration } from "../api/duration.ts";

/** The text of one flag as a value, or what to write instead (the end of a sentence that begins with the flag). */
export type Read<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly instead: string };

/** Where a server listens. Without a host: on every address. Port 0: one that the system picks. */
export interface BindAddress {
  readonly host?: string;
  readonly port: number;
}

export const logLevels = ["trace", "debug", "info", "warn", "error"] as const;
export type LogLevel = (typeof logLevels)[number];

const good = <T>(value: T): Read<T> => ({ ok: true, value });
const bad = (instead: string): Read<never> => ({ ok: false, instead });

export function readPath(text: string): Read<string> {
  return text === "" || text.includes("\0") ? bad("must be the path of a file") : good(text);
}

export function readBoolean(text: string): Read<boolean> {
  if (text === "true" || text === "false") return good(text === "true");
  return bad("must be true or false");
}

/** A duration from `min` to `max` milliseconds, both included. */
export function readDuration(
  min: { readonly ms: number; readonly text: string },
  max: { readonly ms: number; readonly text: string },
): (text: string) => Read<number> {
  const range = `a duration from ${min.text} to ${max.text}, such as 10s or 1m30s`;
  return (text) => {
    try {
      const ms = parseDuration(text);
      return ms >= min.ms && ms <= max.ms ? good(ms) : bad(`must be ${range}`);
    } catch {
      return bad(`must be ${range}`);
    }
  };
}

/** RFC 1123 label, as the API server asks of a namespace's name. */
const label = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;

export function readNamespace(text: string): Read<string> {
  return label.test(text) ? good(text) : bad("must be the name of a namespace, such as team-a");
}

/** EKS: letters, digits, `-` and `_`, at most 100, beginning with a letter or digit. */
export function readClusterName(text: string): Read<string> {
  return /^[0-9A-Za-z][-_0-9A-Za-z]{0,99}$/.test(text)
    ? good(text)
    : bad("must be at most 100 letters, digits, - and _, such as prod-eu");
}

/** `a,b` in order, each once. */
export function readNamespaces(text: string): Read<readonly string[]> {
  const names = text.split(",").map((name) => name.trim());
  if (names.every((name) => label.test(name))) return good([...new Set(names)]);
  if (text === "" || names.includes("*"))
    return bad("must be names such as team-a,team-b; leave it out to watch them all");
  return bad("must be names of namespaces separated by commas, such as team-a,team-b");
}

const addressShape = /^(?:\[(?<six>[0-9a-fA-F:.]+)\]|(?<host>[^\s:[\]]*)):(?<port>\d{1,5})$/;

/** `host:port`, `[::1]:port`, `:port`; `0` is `off`. */
export function readBindAddress(text: string): Read<BindAddress | "off"> {
  if (text === "0") return good("off");
  const { six, host, port } = addressShape.exec(text)?.groups ?? {};
  const number = Number(port);
  if (port === undefined || number > 65_535) {
    const only = /^\d{1,5}$/.test(text) ? `; for port ${text} write :${text}` : "";
    return bad(`must be host:port or :port with a port up to 65535, or 0 to switch it off${only}`);
  }
  const name = six ?? host;
  return good({ port: number, ...(name === undefined || name === "" ? {} : { host: name }) });
}

export function readLogLevel(text: string): Read<LogLevel> {
  const level = logLevels.find((name) => name === text);
  return level === undefined ? bad(`must be one of ${logLevels.join(", ")}`) : good(level);
}
