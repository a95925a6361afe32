/**
 * Body parsers with their limits: events 32 KB and 500 KB (Segment's), signed callbacks as raw bytes, the rest 1 MB. Uploaded files are
 * left unread: their endpoint streams them.
 */
import express, { type RequestHandler } from 'express';

const EVENT = ['/v1/track', '/v1/t', '/track'];
const BATCH = ['/v1/batch', '/v1/b', '/batch'];
const SIGNED = ['/v1/provider-callbacks', '/v1/receipts'];

/** Segment's browser SDK posts JSON as text/plain. */
const EVENT_TYPES = ['application/json', 'text/plain'];

export function useBodyParsers(app: { use(...handlers: unknown[]): unknown }): void {
  const on = (paths: string[], handler: RequestHandler) => app.use(paths, handler);
  on(EVENT, express.json({ limit: '32kb', type: EVENT_TYPES }));
  on(BATCH, express.json({ limit: '500kb', type: EVENT_TYPES }));
  on(SIGNED, express.raw({ limit: '1mb', type: () => true }));
  app.use(express.json({ limit: '1mb', type: 'application/json' }));
}
