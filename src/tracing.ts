/**
 * Switches traces on: `node --import ./dist/tracing.mjs dist/main.mjs`. A bundle of its own, so that nobody who does
 * not trace pays for the SDK. Settings are OpenTelemetry's own variables: OTEL_EXPORTER_OTLP_ENDPOINT and its
 * relatives (OTLP over HTTP), OTEL_SERVICE_NAME, OTEL_RESOURCE_ATTRIBUTES, OTEL_TRACES_SAMPLER_ARG (the share of
 * reconciles to trace, 0 to 1, default 1), OTEL_SDK_DISABLED.
 */
import { context, DiagLogLevel, diag, trace } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-http";
import {
  defaultResource,
  detectResources,
  envDetector,
  resourceFromAttributes,
} from "@opentelemetry/resources";
import {
  BatchSpanProcessor,
  ParentBasedSampler,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from "@opentelemetry/sdk-trace";
import { createLogger } from "./observability/log.ts";
import { version } from "./version.ts";

/** @throws Error that names the variable and says what to write */
function shareOf(text: string | undefined): number {
  const share = Number(text ?? 1);
  if (text?.trim() === "" || !(share >= 0 && share <= 1))
    throw new Error(`OTEL_TRACES_SAMPLER_ARG must be a number from 0 to 1; it is ${JSON.stringify(text)}`);
  return share;
}

function start(env: NodeJS.ProcessEnv): void {
  const log = createLogger("warn");
  const tell = (message: string, ...details: unknown[]): void =>
    log.warn({ details: details.map(String) }, `traces: ${message}`);
  const silent = (): void => {};
  diag.setLogger(
    { error: tell, warn: tell, info: silent, debug: silent, verbose: silent },
    { logLevel: DiagLogLevel.WARN },
  );
  const provider = new TracerProvider({
    resource: defaultResource()
      .merge(resourceFromAttributes({ "service.name": "modelrollout", "service.version": version }))
      .merge(detectResources({ detectors: [envDetector] })),
    sampler: new ParentBasedSampler({
      root: new TraceIdRatioBasedSampler(shareOf(env["OTEL_TRACES_SAMPLER_ARG"])),
    }),
    spanProcessors: [
      new BatchSpanProcessor({ exporter: new OTLPTraceExporter(), scheduledDelayMillis: 1_000 }),
    ],
  });
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  trace.setGlobalTracerProvider(provider);
}

if (process.env["OTEL_SDK_DISABLED"]?.toLowerCase() !== "true") start(process.env);
