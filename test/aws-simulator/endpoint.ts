import type { IncomingMessage, ServerResponse } from "node:http";
import { readBody } from "./body.ts";
import type { Call, CallLog, CallOutcome } from "./calls.ts";
import type { Clock } from "./clock.ts";
import type { Faults, MetFault } from "./faults.ts";
import { type Fields, type Operation, type Operations, ServiceError, type ServiceName } from "./operation.ts";
import { type RefusalKind, refusalOf } from "./protocol/fault-errors.ts";
import { decodeRequest, encodeAnswer, encodeError, type WireAnswer, type WireCall } from "./protocol/wire.ts";

/** Runs around the effect of each call; the call waits for it. */
export type CallHook = (call: Call) => void | Promise<void>;

/** What the endpoint needs of the simulator. */
export interface EndpointParts {
  readonly clock: Clock;
  readonly calls: CallLog;
  readonly faults: Faults;
  readonly operations: Readonly<Record<ServiceName, Operations>>;
  /** Whose account an access key is of, and whether its session still stands. */
  readonly accountOf: (accessKey: string) => string;
  readonly sessionRefusal: (accessKey: string, token: string) => ServiceError | undefined;
  readonly before: ReadonlySet<CallHook>;
  readonly after: ReadonlySet<CallHook>;
  /** Applies an operation and returns its answer; `staleMs` answers a read from the past. */
  run(operation: Operation, call: WireCall, staleMs?: number): Fields;
  newRequestId(): string;
}

/** What is to be sent, or that nothing is. */
type Reply =
  | { readonly answer: WireAnswer; readonly code?: string }
  | { readonly dropped: true; readonly applied: boolean };

const REFUSALS: readonly string[] = ["throttle", "error500", "error503", "denied", "expiredToken"];

const GARBAGE: WireAnswer = {
  status: 502,
  headers: { "content-type": "text/html" },
  body: "<html><head><title>502 Bad Gateway</title></head><body><h1>Bad Gateway</h1></body></html>",
};

const pause = (ms: number): Promise<void> => new Promise((resolve) => void setTimeout(resolve, ms).unref());

const hooked = async (hooks: ReadonlySet<CallHook>, call: Call): Promise<void> => {
  for (const hook of hooks) await hook(call);
};

const asError = (error: unknown): ServiceError => {
  if (error instanceof ServiceError) return error;
  if (error instanceof SyntaxError) return new ServiceError("SerializationException", error.message);
  throw error;
};

/** Applies the call and encodes what came of it. */
const apply = async (
  parts: EndpointParts,
  wire: WireCall,
  call: Call,
  fault: MetFault | undefined,
): Promise<Reply> => {
  const requestId = parts.newRequestId();
  const operation = parts.operations[wire.service][wire.operation];
  try {
    if (!operation)
      throw new ServiceError("InvalidAction", `The operation ${wire.operation} is not simulated`);
    await hooked(parts.before, call);
    const output = parts.run(operation, wire, fault?.spec.kind === "staleRead" ? fault.spec.ms : undefined);
    await hooked(parts.after, call);
    if (fault?.spec.kind === "lostAnswer") return { dropped: true, applied: true };
    return { answer: encodeAnswer(wire.service, wire.operation, output, requestId) };
  } catch (error) {
    const refused = asError(error);
    if (fault?.spec.kind === "lostAnswer") return { dropped: true, applied: false };
    return { answer: encodeError(wire.service, refused, requestId), code: refused.code };
  }
};

const released = (fault: MetFault): Promise<void> => new Promise((resolve) => fault.onRemove(resolve));

const replyTo = async (
  parts: EndpointParts,
  wire: WireCall,
  call: Call,
  fault: MetFault | undefined,
): Promise<Reply> => {
  const kind = fault?.spec.kind;
  const ended = parts.sessionRefusal(wire.accessKey, wire.token);
  if (ended) return { answer: encodeError(wire.service, ended, parts.newRequestId()), code: ended.code };
  if (kind !== undefined && REFUSALS.includes(kind)) {
    const error = refusalOf(kind as RefusalKind, wire.service, wire.operation, wire.account);
    return { answer: encodeError(wire.service, error, parts.newRequestId()), code: error.code };
  }
  if (kind === "garbage") return { answer: GARBAGE, code: "garbage" };
  if (kind === "refuse") return { dropped: true, applied: false };
  if (fault && kind === "hang") {
    await released(fault);
    return { dropped: true, applied: false };
  }
  if (fault?.spec.kind === "slow") await pause(fault.spec.ms);
  return apply(parts, wire, call, fault);
};

const outcomeOf = (reply: Reply): CallOutcome => {
  if ("dropped" in reply) return { kind: "dropped", applied: reply.applied };
  const { status } = reply.answer;
  return reply.code === undefined ? { kind: "ok", status } : { kind: "error", status, code: reply.code };
};

const send = (response: ServerResponse, answer: WireAnswer): void => {
  response.writeHead(answer.status, { ...answer.headers, "content-length": Buffer.byteLength(answer.body) });
  response.end(answer.body);
};

const decode = async (parts: EndpointParts, request: IncomingMessage): Promise<WireCall | undefined> =>
  decodeRequest(
    {
      method: request.method ?? "",
      url: request.url ?? "/",
      headers: request.headers,
      body: await readBody(request),
    },
    parts.accountOf,
  );

/** Answers one HTTP request and logs it. */
export const answerRequest = async (
  parts: EndpointParts,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> => {
  const wire = await decode(parts, request);
  if (!wire) {
    send(response, { status: 403, headers: {}, body: "Missing Authentication Token" });
    return;
  }
  const operation = parts.operations[wire.service][wire.operation];
  const fault = parts.faults.meet({ ...wire, isRead: operation?.kind === "read" });
  const call = parts.calls.begin({
    at: parts.clock.now(),
    service: wire.service,
    operation: wire.operation,
    account: wire.account,
    region: wire.region,
    input: wire.input,
    userAgent: wire.userAgent,
    ...(fault && { fault: fault.spec.kind }),
  });
  const reply = await replyTo(parts, wire, call, fault);
  parts.calls.settle(call, outcomeOf(reply));
  if ("dropped" in reply) request.socket.destroy();
  else send(response, reply.answer);
};
