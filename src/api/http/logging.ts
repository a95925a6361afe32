/**
 * Structured request logs: method, route template, status, time, request id. No bodies, no headers, no paths: they carry keys and persons.
 */
import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Request } from 'express';
import type { Params } from 'nestjs-pino';
import { traceOfLine } from '../../logging.js';
import type { AuthenticatedRequest } from './access.js';
import { EVENT_ROUTES } from './event-paths.js';
import { routeOf } from './metrics.js';

const QUIET_ROUTES = new Set(['/health/live', '/health/ready', '/metrics', ...Object.values(EVENT_ROUTES).flat()]);

export function loggerParams(level: string): Params {
  return {
    pinoHttp: {
      level,
      mixin: traceOfLine,
      genReqId: () => randomUUID(),
      redact: { paths: ['req', 'res', '*.authorization', '*.secret', '*.password', '*.writeKey'], remove: true },
      customAttributeKeys: { responseTime: 'responseMs' },
      customProps: (request: IncomingMessage) => ({
        requestId: request.id,
        method: request.method,
        route: routeOf(request as Request),
        actor: (request as AuthenticatedRequest).actor?.id,
      }),
      // what is frequent and went well is in the metrics
      customLogLevel: (request, response, error) => {
        if (error || response.statusCode >= 500) return 'error';
        return QUIET_ROUTES.has(routeOf(request as Request)) && response.statusCode < 400 ? 'debug' : 'info';
      },
    },
  };
}
