/**
 * A span for each request, named by its route and never by its path; the caller's own trace goes on in it. Costs nothing where nobody collects traces.
 */
import { context, propagation, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import type { NextFunction, Request, Response } from 'express';
import { routeOf } from './metrics.js';

const tracer = trace.getTracer('pado-api');

export function traced(request: Request, response: Response, next: NextFunction): void {
  const { method } = request;
  const attributes = { 'http.request.method': method };
  const outside = propagation.extract(context.active(), request.headers);
  const span = tracer.startSpan(method, { kind: SpanKind.SERVER, attributes }, outside);
  response.once('close', () => {
    const route = routeOf(request);
    span.updateName(`${method} ${route}`);
    span.setAttributes({ 'http.route': route, 'http.response.status_code': response.statusCode });
    if (response.statusCode >= 500) span.setStatus({ code: SpanStatusCode.ERROR });
    span.end();
  });
  context.with(trace.setSpan(outside, span), next);
}
