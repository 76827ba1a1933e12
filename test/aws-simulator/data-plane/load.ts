import { Agent, request } from "node:http";
import { type Counts, RollingCounts } from "./stats.ts";
import { STICKY_COOKIE } from "./stickiness.ts";

/** The outcome of one request, as its client saw it. */
export interface LoadOutcome {
  /** When it was sent, milliseconds since the epoch. */
  readonly sentAt: number;
  /** Absent: no answer. */
  readonly status?: number;
  readonly version?: string;
  readonly targetGroupArn?: string;
}

/** What to send. */
export interface LoadSpec {
  readonly url: string;
  /** Requests a second. */
  readonly rps: number;
  /** Default "/". */
  readonly path?: string;
  readonly host?: string;
  /** How many clients keep their sticky cookie and take turns. Default 0: each request is a stranger's. */
  readonly clients?: number;
  /** Default 10000. */
  readonly timeoutMs?: number;
  readonly onOutcome?: (outcome: LoadOutcome) => void;
}

/** A stream of requests. */
export interface Load {
  /** Outcomes within the newest `windowMs`; all when it is left out. Requests under way are not among them. */
  counts(windowMs?: number): Counts;
  /** Sends no more and waits for what is under way. */
  stop(): Promise<void>;
}

/** How often the schedule is looked at: requests are sent in the bunches that fell due. */
const TICK_MS = 10;

class Client {
  cookie: string | undefined;

  keep(setCookie: readonly string[] | undefined): void {
    const sticky = setCookie?.find((each) => each.startsWith(`${STICKY_COOKIE}=`));
    if (sticky !== undefined) this.cookie = sticky.split(";")[0];
  }
}

const sendOne = (spec: LoadSpec, agent: Agent, client: Client | undefined): Promise<LoadOutcome> =>
  new Promise((done) => {
    const sentAt = Date.now();
    const resolve = (outcome: Omit<LoadOutcome, "sentAt">): void => done({ sentAt, ...outcome });
    const headers = {
      ...(spec.host !== undefined && { host: spec.host }),
      ...(client?.cookie !== undefined && { cookie: client.cookie }),
    };
    const url = new URL(spec.path ?? "/", spec.url);
    const sent = request(url, { agent, headers, timeout: spec.timeoutMs ?? 10_000 }, (response) => {
      client?.keep(response.headers["set-cookie"]);
      const { "x-version": version, "x-target-group": group } = response.headers;
      response.on("error", () => resolve({}));
      response.on("end", () =>
        resolve({
          ...(response.statusCode !== undefined && { status: response.statusCode }),
          ...(typeof version === "string" && { version }),
          ...(typeof group === "string" && { targetGroupArn: group }),
        }),
      );
      response.resume();
    });
    sent.on("timeout", () => sent.destroy());
    sent.on("error", () => resolve({}));
    sent.end();
  });

/** Sends requests at a steady rate over kept-alive connections until stopped. Real time. */
export const startLoad = (spec: LoadSpec): Load => {
  const agent = new Agent({ keepAlive: true, maxSockets: 64 });
  const counts = new RollingCounts(() => Date.now());
  const clients = Array.from({ length: spec.clients ?? 0 }, () => new Client());
  const pending = new Set<Promise<void>>();
  const startedAt = performance.now();
  let sent = 0;
  const fire = async (): Promise<void> => {
    const outcome = await sendOne(spec, agent, clients[sent % Math.max(1, clients.length)]);
    counts.add(outcome.status, outcome.version);
    spec.onOutcome?.(outcome);
  };
  const timer = setInterval(() => {
    const due = ((performance.now() - startedAt) / 1000) * spec.rps;
    for (; sent < due; sent++) {
      const one = fire();
      pending.add(one);
      void one.finally(() => pending.delete(one));
    }
  }, TICK_MS);
  return {
    counts: (windowMs) => counts.counts(windowMs),
    stop: async () => {
      clearInterval(timer);
      await Promise.all(pending);
      agent.destroy();
    },
  };
};
