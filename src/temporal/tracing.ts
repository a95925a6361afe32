/**
 * Traces by OpenTelemetry, from the API's call through workflow and activity to gateway and provider: sent as OTLP over HTTP where the environment
 * says where to, with OpenTelemetry's own variables for the rest (sampler, headers, resource). Loaded only then; spans carry ids, routes and counts.
 */
import type { WorkflowClientInterceptor } from '@temporalio/client';
import type { ActivityInterceptorsFactory, InjectedSinks } from '@temporalio/worker';

export interface Tracing {
  client: WorkflowClientInterceptor;
  worker: { activity: ActivityInterceptorsFactory; sinks: InjectedSinks<never>; workflowModules: string[] };
  /** Sends what is left. */
  end(): Promise<void>;
}

const SERVICE = 'pado';
const WORKFLOW_MODULE = '@temporalio/interceptors-opentelemetry-v2/lib/workflow-interceptors';

/** Null where nobody wants traces. */
export async function startTracing(to: { wanted: boolean; role: string; build: string }): Promise<Tracing | null> {
  if (!to.wanted) return null;
  const [temporal, sdk, { OTLPTraceExporter }, resources, { createRequire }] = await Promise.all([
    import('@temporalio/interceptors-opentelemetry-v2'),
    import('@opentelemetry/sdk-trace-node'),
    import('@opentelemetry/exporter-trace-otlp-http'),
    import('@opentelemetry/resources'),
    import('node:module'),
  ]);
  const resource = resources
    .resourceFromAttributes({ 'service.name': `${SERVICE}-${to.role}`, 'service.version': to.build })
    .merge(resources.detectResources({ detectors: [resources.envDetector] }));
  const spans = new sdk.BatchSpanProcessor(new OTLPTraceExporter());
  const provider = new sdk.NodeTracerProvider({ resource, spanProcessors: [spans] });
  provider.register();
  return {
    client: new temporal.OpenTelemetryWorkflowClientInterceptor(),
    worker: {
      activity: (context) => ({
        inbound: new temporal.OpenTelemetryActivityInboundInterceptor(context),
        outbound: new temporal.OpenTelemetryActivityOutboundInterceptor(context),
      }),
      sinks: { exporter: temporal.makeWorkflowExporter(spans, resource) } as never,
      workflowModules: [createRequire(import.meta.url).resolve(WORKFLOW_MODULE)],
    },
    end: () => provider.shutdown(),
  };
}
