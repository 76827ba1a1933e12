import { type Attributes, context, type Span, SpanKind, SpanStatusCode, trace } from "@opentelemetry/api";
import type { CallReport } from "../aws/clients.ts";
import type { KubeApi } from "../runtime/kube-api.ts";
import { KubeError } from "../runtime/kube-error.ts";
import { version } from "../version.ts";

/**
 * Spans by OpenTelemetry's API alone: without an SDK, which `--import dist/tracing.mjs` brings (src/tracing.ts), all of
 * this does nothing and costs next to nothing.
 */
const tracer = () => trace.getTracer("modelrollout", version);

/** Runs the work in a span of its own, a child of whatever span this is in; a rejection marks the span as failed. */
export async function inSpan<T>(
  name: string,
  attributes: Attributes,
  work: (span: Span) => Promise<T>,
  kind: SpanKind = SpanKind.INTERNAL,
): Promise<T> {
  return await tracer().startActiveSpan(name, { attributes, kind }, async (span) => {
    try {
      return await work(span);
    } catch (error) {
      failSpan(span, error);
      throw error;
    } finally {
      span.end();
    }
  });
}

/** Without the message: what others' servers answer may hold what nobody wants in a trace store. */
function failSpan(span: Span, error: unknown): void {
  const type =
    error instanceof KubeError ? error.reason : error instanceof Error ? error.name : "unknown error";
  span.setAttribute("error.type", type);
  span.setStatus({ code: SpanStatusCode.ERROR, message: type });
}

/** A call to AWS that is over, as a span that ends now (semantic conventions, "AWS SDK"). */
export function awsCallSpan({ service, operation, region, use, outcome, ms }: CallReport): void {
  const end = Date.now();
  const span = tracer().startSpan(
    `${service}.${operation}`,
    {
      kind: SpanKind.CLIENT,
      startTime: end - ms,
      attributes: {
        "rpc.system": "aws-api",
        "rpc.service": service,
        "rpc.method": operation,
        "cloud.region": region,
        "modelrollout.aws.use": use,
        "modelrollout.aws.outcome": outcome,
      },
    },
    context.active(),
  );
  if (outcome !== "ok") {
    span.setAttribute("error.type", outcome);
    span.setStatus({ code: SpanStatusCode.ERROR, message: outcome });
  }
  span.end(end);
}

/** The same API, with a span around each request; watches, which last for minutes, have none. */
export function withSpans(api: KubeApi): KubeApi {
  const request = <T>(method: string, path: string, work: () => Promise<T>): Promise<T> =>
    inSpan(
      `${method} ${kindOf(path)}`,
      { "http.request.method": method, "url.path": path },
      work,
      SpanKind.CLIENT,
    );
  return {
    get: (path, options) => request("GET", path, () => api.get(path, options)),
    list: (path, options) => request("GET", path, () => api.list(path, options)),
    create: (path, body, options) => request("POST", path, () => api.create(path, body, options)),
    apply: (path, body, options) => request("PATCH", path, () => api.apply(path, body, options)),
    patch: (path, body, options) => request("PATCH", path, () => api.patch(path, body, options)),
    replace: (path, body, options) => request("PUT", path, () => api.replace(path, body, options)),
    delete: (path, options) => request("DELETE", path, () => api.delete(path, options)),
    version: (options) => request("GET", "/version", () => api.version(options)),
    watch: (path, options) => api.watch(path, options),
    close: () => api.close(),
  };
}

/** `modelrollouts/status` of `/apis/modelrollout.dev/v1alpha1/namespaces/prod/modelrollouts/sentiment/status`. */
export function kindOf(path: string): string {
  const parts = path.split("/").filter((part) => part !== "");
  const rest = parts.slice(parts[0] === "api" ? 2 : 3);
  const within = rest[0] === "namespaces" && rest.length > 2 ? rest.slice(2) : rest;
  const [plural, , subresource] = within;
  if (plural === undefined) return path;
  return subresource === undefined ? plural : `${plural}/${subresource}`;
}

/** What has been traced so far goes out before the process ends, if it can in this time. Never rejects. */
export async function flushSpans(withinMs: number): Promise<void> {
  const provider = trace.getTracerProvider();
  const real = "getDelegate" in provider ? (provider.getDelegate as () => object)() : provider;
  if (!("forceFlush" in real)) return;
  const late = AbortSignal.timeout(withinMs);
  const over = new Promise<void>((resolve) => late.addEventListener("abort", () => resolve()));
  await Promise.race([(real.forceFlush as () => Promise<void>)(), over]).catch(() => {});
}
