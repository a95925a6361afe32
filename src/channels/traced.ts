/**
 * A span around a call to a system that others own, who get the trace's id in a header (W3C Trace Context). The span names no path: paths carry keys.
 */
import { context, propagation, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';

const tracer = trace.getTracer('pado-channels');

/** `call` gets the headers to send along. Errors: its own. */
export async function tracedCall<A extends { kind: string }>(
  { method, origin }: { method: string; origin: string },
  call: (headers: Record<string, string>) => Promise<A>,
): Promise<A> {
  const attributes = { 'http.request.method': method, 'server.address': origin };
  return await tracer.startActiveSpan(`${method} ${origin}`, { kind: SpanKind.CLIENT, attributes }, async (span) => {
    const headers: Record<string, string> = {};
    propagation.inject(context.active(), headers);
    try {
      const answer = await call(headers);
      span.setAttribute('pado.outcome', answer.kind);
      if ('status' in answer) span.setAttribute('http.response.status_code', Number(answer.status));
      if (answer.kind !== 'answer') span.setStatus({ code: SpanStatusCode.ERROR });
      return answer;
    } finally {
      span.end();
    }
  });
}
