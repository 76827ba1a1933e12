import type { Action } from "@aws-sdk/client-elastic-load-balancing-v2";
import type { Clock } from "../clock.ts";
import { rulesOfListener } from "../elb/lookup.ts";
import type { TargetRecord } from "../elb/records.ts";
import type { Random } from "../random.ts";
import type { RegionState } from "../world.ts";
import { candidates, chooseGroup } from "./choice.ts";
import { type DataPlane, type Outcome, openFront, type WholeRequest } from "./front.ts";
import { type RoutedRequest, ruleFor } from "./matching.ts";
import { countRequest } from "./metrics.ts";
import { stickyHeader } from "./stickiness.ts";

/** A request as a target gets it. */
export interface TargetRequest {
  readonly targetGroupArn: string;
  readonly targetIp: string;
  readonly targetPort: number;
  readonly request: WholeRequest;
}

/** A target's answer. */
export interface TargetAnswer {
  readonly status: number;
  /** How long the target takes; the client waits as long. */
  readonly latencyMs: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Told to the client in `x-version`, and counted. */
  readonly version?: string;
}

/** Stands for the pods. A rejection is a target that does not answer: the client gets 502 from the load balancer. */
export type Respond = (request: TargetRequest) => Promise<TargetAnswer>;

/** What a data plane is made of. */
export interface DataPlaneParts {
  readonly loadBalancerArn: string;
  readonly listenerArn: string;
  readonly state: RegionState;
  readonly clock: Clock;
  readonly random: Random;
  readonly respond: Respond;
  /** How late metrics arrive in CloudWatch, ms. */
  readonly metricDelayMs: number;
}

const elbError = (status: number, text: string): Outcome => ({
  status,
  headers: { "content-type": "text/html", server: "awselb/2.0" },
  body: `<html><head><title>${status} ${text}</title></head></html>`,
});

const pause = (ms: number): Promise<void> =>
  ms <= 0 ? Promise.resolve() : new Promise((resolve) => void setTimeout(resolve, ms));

const redirect = (action: Action, request: RoutedRequest): Outcome => {
  const config = action.RedirectConfig;
  const known: Readonly<Record<string, string>> = {
    protocol: "http",
    host: request.host.split(":")[0] ?? "",
    port: request.host.split(":")[1] ?? "80",
    path: request.path.slice(1),
    query: request.query.toString(),
  };
  const filled = (text: string | undefined): string =>
    (text ?? "").replaceAll(/#\{(\w+)\}/g, (_, name: string) => known[name] ?? "");
  const query = filled(config?.Query);
  const location =
    `${filled(config?.Protocol).toLowerCase()}://${filled(config?.Host)}:${filled(config?.Port)}` +
    `${filled(config?.Path)}${query === "" ? "" : `?${query}`}`;
  return { status: config?.StatusCode === "HTTP_301" ? 301 : 302, headers: { location } };
};

const fixed = (action: Action): Outcome => ({
  status: Number(action.FixedResponseConfig?.StatusCode),
  headers: { "content-type": action.FixedResponseConfig?.ContentType ?? "text/plain" },
  body: action.FixedResponseConfig?.MessageBody ?? "",
});

/** One listener's routing; remembers whose turn it is within each group. */
class Router {
  readonly #parts: DataPlaneParts;
  readonly #turns = new Map<string, number>();

  constructor(parts: DataPlaneParts) {
    this.#parts = parts;
  }

  async route(request: WholeRequest): Promise<Outcome> {
    const rules = rulesOfListener(this.#parts.state.elb, this.#parts.listenerArn);
    // Authentication actions come before the routing action; nobody logs in here.
    const action = ruleFor(rules, request)?.actions.at(-1);
    switch (action?.Type) {
      case "forward":
        return this.#forward(action, request);
      case "fixed-response":
        return fixed(action);
      case "redirect":
        return redirect(action, request);
      default:
        return elbError(503, "Service Temporarily Unavailable");
    }
  }

  async #forward(action: Action, request: TargetRequest["request"]): Promise<Outcome> {
    const { state, clock, random, respond } = this.#parts;
    const cookie = [request.headers["cookie"] ?? []].flat().join("; ");
    const chosen = chooseGroup(action, cookie, clock.now(), random);
    const target = chosen && this.#next(chosen.groupArn, candidates(state.elb, chosen.groupArn));
    if (!target) return elbError(503, "Service Temporarily Unavailable");
    const { groupArn, stickySeconds } = chosen;
    try {
      const asked = { targetGroupArn: groupArn, targetIp: target.id, targetPort: target.port, request };
      const answer = await respond(asked);
      await pause(answer.latencyMs);
      const sticky =
        stickySeconds === undefined
          ? {}
          : { "set-cookie": stickyHeader(groupArn, clock.now(), stickySeconds) };
      const told = {
        "x-target": `${target.id}:${target.port}`,
        "x-target-group": groupArn,
        ...(answer.version !== undefined && { "x-version": answer.version }),
      };
      return {
        ...answer,
        headers: { ...answer.headers, ...told, ...sticky },
        destination: groupArn,
        fromTarget: true,
      };
    } catch {
      return { ...elbError(502, "Bad Gateway"), destination: groupArn };
    }
  }

  #next(groupArn: string, targets: readonly TargetRecord[]): TargetRecord | undefined {
    const turn = this.#turns.get(groupArn) ?? 0;
    this.#turns.set(groupArn, turn + 1);
    return targets[turn % Math.max(1, targets.length)];
  }
}

/** Opens the listener to requests, on a port of its own. */
export const startDataPlane = async (parts: DataPlaneParts): Promise<DataPlane> => {
  const { clock, state } = parts;
  const router = new Router(parts);
  const record = ({ destination, status, fromTarget = false, latencyMs = 0 }: Outcome): void => {
    const served = {
      loadBalancerArn: parts.loadBalancerArn,
      ...(destination !== undefined && { targetGroupArn: destination }),
      status,
      fromTarget,
      latencyMs,
    };
    countRequest(state.cloudwatch.metrics, clock, served, parts.metricDelayMs);
  };
  return await openFront(clock, (request) => router.route(request), record);
};
