/**
 * Structured logs with redaction. Nothing that names a customer, carries a secret or a message's text is ever logged.
 */
import { pino, type Logger } from 'pino';

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

export function createLogger(role: string, level: string, build: string): Logger {
  return pino({
    level,
    base: { role, build, pid: process.pid },
    redact: { paths: REDACTED_PATHS, censor: '[redacted]' },
  });
}
