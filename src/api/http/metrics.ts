/**
 * Prometheus metrics of the API process. Labels are route templates, never paths, so that no id becomes a series.
 */
import { Injectable } from '@nestjs/common';
import type { NextFunction, Request, Response } from 'express';
import { collectDefaultMetrics, Counter, Histogram, Registry } from 'prom-client';

@Injectable()
export class Metrics {
  readonly registry = new Registry();

  readonly http = new Histogram({
    name: 'pado_http_request_duration_seconds',
    help: 'Time to answer, by route and status',
    labelNames: ['method', 'route', 'status'] as const,
    buckets: [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5],
    registers: [this.registry],
  });

  readonly events = new Counter({
    name: 'pado_events_total',
    help: 'Events received, stored or known already',
    labelNames: ['outcome'] as const,
    registers: [this.registry],
  });

  readonly eventsPerCommit = new Histogram({
    name: 'pado_events_per_commit',
    help: 'How many events shared one transaction',
    buckets: [1, 2, 5, 10, 25, 50, 100, 250, 500, 1000],
    registers: [this.registry],
  });

  /** By the name of the secret that it was signed by: whether one that is being replaced is still in use. */
  readonly signed = new Counter({
    name: 'pado_signed_deliveries_total',
    help: 'Signed deliveries of providers and gateways, by the name of the secret',
    labelNames: ['system', 'secret'] as const,
    registers: [this.registry],
  });

  constructor() {
    collectDefaultMetrics({ register: this.registry });
  }

  /** Express middleware: observe each answered request. */
  readonly observe = (request: Request, response: Response, next: NextFunction): void => {
    const stop = this.http.startTimer();
    response.once('close', () => {
      // how long somebody has followed something is no time to answer
      if (String(response.getHeader('content-type')).startsWith('text/event-stream')) return;
      stop({ method: request.method, route: routeOf(request), status: response.statusCode });
    });
    next();
  };
}

/** The template of the matched route, such as /v1/runs/:run. */
export function routeOf(request: Request): string {
  const route = request.route as { path?: unknown } | undefined;
  return typeof route?.path === 'string' ? route.path : 'unmatched';
}
