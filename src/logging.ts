/**
 * Structured logs with redaction. Nothing that names a customer, carries a secret or a message's text is ever logged.
 */
import { trace } from '@opentelemetry/api';
import { pino, type DestinationStream, type Logger } from 'pino';

export const REDACTED_PATHS = [
  'authorization',
  'secret',
  '*.authorization',
  '*.secret',
  '*.addresses',
  '*.attributes',
  '*.body',
  '*.to',
  'req.headers.authorization',
  'req.headers.cookie',
  'req.headers["webhook-signature"]',
];

/** What may be logged of an error: never a database's message or detail, which can quote a row. */
export function loggable(error: unknown): object {
  if (!(error instanceof Error)) return { name: typeof error };
  const state = 'code' in error && typeof error.code === 'string' ? error.code : undefined;
  const stack = error.stack
    ?.split('\n')
    .filter((line) => line.trimStart().startsWith('at '))
    .slice(0, 12);
  return { name: error.name, ...(state ? { code: state } : { message: error.message }), stack };
}

/** Of the trace that a line belongs to, where traces are collected. */
export function traceOfLine(): { traceId?: string; spanId?: string } {
  const span = trace.getActiveSpan()?.spanContext();
  return span ? { traceId: span.traceId, spanId: span.spanId } : {};
}

/** `destination`: standard output when left out. */
export function createLogger(role: string, level: string, build: string, destination?: DestinationStream): Logger {
  const options = {
    level,
    base: { role, build, pid: process.pid },
    mixin: traceOfLine,
    redact: { paths: REDACTED_PATHS, censor: '[redacted]' },
    // what Temporal's worker says of an activity that failed, and what we say ourselves
    serializers: { error: loggable, err: loggable },
  };
  return destination ? pino(options, destination) : pino(options);
}
