/**
 * Body parsers with their limits: events 32 KB and 500 KB (Segment's, after inflating), signed callbacks as raw bytes, the rest 1 MB; each within a
 * time and no deeper than JSON may be. Uploaded files are left unread: their endpoint streams them.
 */
import cors from 'cors';
import express, { type NextFunction, type Request, type RequestHandler, type Response } from 'express';
import { EVENT_ROUTES } from './event-paths.js';
import { declared, fewHeaders, inTime, shallow } from './limits.js';
import { Problem } from './problem.js';

const SIGNED = ['/v1/provider-callbacks', '/v1/receipts'];

/** All of them JSON: Segment's browser library says text/plain, RudderStack's SDK for Node that it is a form. */
export const EVENT_TYPES = ['application/json', 'text/plain', 'application/x-www-form-urlencoded'];
/** Of CloudEvents: structured, batched, binary. */
const CLOUD_EVENT_TYPES = ['application/cloudevents+json', 'application/cloudevents-batch+json', 'application/json'];

export const EVENT_BYTES_MAX = 32 * 1024;
const BATCH_BYTES_MAX = 500 * 1024;
const BODY_BYTES_MAX = 1024 * 1024;

/** A body of another type would be left unread, and its fields called missing. */
const onlyTypes =
  (types: string[]) =>
  (request: Request, _response: Response, next: NextFunction): void =>
    next(request.is(types) === false ? new Problem('media_type', `Send ${types.join(' or ')}.`) : undefined);

/** Read JSON of these types, up to the limit; gzip, deflate and br are inflated. */
const json = (types: string[], limit: number): RequestHandler[] => [
  onlyTypes(types),
  declared(limit),
  inTime(express.json({ limit, type: types })),
  shallow,
];

/** Other types are files, whose endpoint reads them. */
const whereJson =
  (handler: RequestHandler): RequestHandler =>
  (request, response, next) =>
    request.is('application/json') ? void handler(request, response, next) : next();

/** `browserOrigins`: whose pages may call the event endpoints, and nothing else. */
export function useBodyParsers(
  app: { use(...handlers: unknown[]): unknown },
  { browserOrigins }: { browserOrigins: readonly string[] },
): void {
  app.use(fewHeaders);
  const { single, batch, cloudEvents, settings } = EVENT_ROUTES;
  if (browserOrigins.length > 0) {
    const shared = cors({ origin: [...browserOrigins], methods: ['GET', 'POST'], maxAge: 600 });
    app.use([...single, ...batch, ...settings], shared);
  }
  app.use(single, ...json(EVENT_TYPES, EVENT_BYTES_MAX));
  app.use(batch, ...json(EVENT_TYPES, BATCH_BYTES_MAX));
  app.use(cloudEvents, ...json(CLOUD_EVENT_TYPES, BATCH_BYTES_MAX));
  app.use(SIGNED, declared(BODY_BYTES_MAX), inTime(express.raw({ limit: BODY_BYTES_MAX, type: () => true })));
  app.use(whereJson(declared(BODY_BYTES_MAX)), inTime(express.json({ limit: BODY_BYTES_MAX })), shallow);
}
