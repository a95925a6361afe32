/**
 * Body parsers with their limits: events 32 KB and 500 KB (Segment's, after inflating), signed callbacks as raw bytes, the rest 1 MB. Uploaded
 * files are left unread: their endpoint streams them.
 */
import cors from 'cors';
import express, { type NextFunction, type Request, type RequestHandler, type Response } from 'express';
import { EVENT_ROUTES } from './event-paths.js';
import { Problem } from './problem.js';

const SIGNED = ['/v1/provider-callbacks', '/v1/receipts'];

/** All of them JSON: Segment's browser library says text/plain, RudderStack's SDK for Node that it is a form. */
export const EVENT_TYPES = ['application/json', 'text/plain', 'application/x-www-form-urlencoded'];
/** Of CloudEvents: structured, batched, binary. */
const CLOUD_EVENT_TYPES = ['application/cloudevents+json', 'application/cloudevents-batch+json', 'application/json'];

export const EVENT_BYTES_MAX = 32 * 1024;
const BATCH_LIMIT = '500kb';

/** A body of another type would be left unread, and its fields called missing. */
const onlyTypes =
  (types: string[]) =>
  (request: Request, _response: Response, next: NextFunction): void =>
    next(request.is(types) === false ? new Problem('media_type', `Send ${types.join(' or ')}.`) : undefined);

/** Read JSON of these types, up to the limit; gzip, deflate and br are inflated. */
const json = (types: string[], limit: string | number): RequestHandler[] => [
  onlyTypes(types),
  express.json({ limit, type: types }),
];

/** `browserOrigins`: whose pages may call the event endpoints, and nothing else. */
export function useBodyParsers(
  app: { use(...handlers: unknown[]): unknown },
  { browserOrigins }: { browserOrigins: readonly string[] },
): void {
  const { single, batch, cloudEvents, settings } = EVENT_ROUTES;
  if (browserOrigins.length > 0) {
    const shared = cors({ origin: [...browserOrigins], methods: ['GET', 'POST'], maxAge: 600 });
    app.use([...single, ...batch, ...settings], shared);
  }
  app.use(single, ...json(EVENT_TYPES, EVENT_BYTES_MAX));
  app.use(batch, ...json(EVENT_TYPES, BATCH_LIMIT));
  app.use(cloudEvents, ...json(CLOUD_EVENT_TYPES, BATCH_LIMIT));
  app.use(SIGNED, express.raw({ limit: '1mb', type: () => true }));
  app.use(express.json({ limit: '1mb', type: 'application/json' }));
}
