/**
 * A message gateway behind HTTP (protocols.md): batches out, results per message in; an id without a result, or with one that cannot be read, is ambiguous.
 */
import { z } from 'zod';
import type { HttpGatewayConfig } from '../config.js';
import type { Destinations } from '../domain/base/destination.js';
import { storable } from '../domain/base/text.js';
import type { Gateway, LookupOutcome, MessageResult, OutgoingMessage, SubmitOutcome } from './gateway.js';
import { SignedHttp } from './signed-http.js';

const told = z.string().max(200).transform(storable);
const oneResult = z.object({
  id: z.string(),
  status: z.enum(['accepted', 'rejected']),
  reason: told.nullish(),
  reference: told.nullish(),
});
/** Each is read by itself: a bad one says nothing of the others. */
const answer = z.object({ results: z.array(oneResult.nullable().catch(null)) });

const toResult = (r: z.infer<typeof oneResult>): MessageResult => ({
  status: r.status,
  reason: r.reason ?? null,
  reference: r.reference ?? null,
});

export class HttpGateway implements Gateway {
  private readonly http: SignedHttp;

  /** Errors: throws where the URL leads to where no call may go. */
  constructor(config: Pick<HttpGatewayConfig, 'url' | 'secret' | 'timeoutMs'>, destinations?: Destinations) {
    this.http = new SignedHttp(config, destinations);
  }

  async submit(batch: OutgoingMessage[], attemptId: number | string, signedAt: Date): Promise<SubmitOutcome> {
    const messages = batch.map(({ title, ...message }) => (title === null ? message : { ...message, title }));
    const body = JSON.stringify({ messages });
    const reply = await this.http.call({
      method: 'POST',
      path: '/messages',
      body,
      id: `attempt-${attemptId}`,
      signedAt,
    });
    if (reply.kind !== 'answer') return reply;
    if (reply.status !== 200) return { kind: 'refused', status: reply.status };
    const parsed = answer.safeParse(reply.body);
    if (!parsed.success) return { kind: 'unknown' };
    const results = parsed.data.results.flatMap((r): [string, MessageResult][] => (r ? [[r.id, toResult(r)]] : []));
    return { kind: 'answered', results: new Map(results) };
  }

  async lookup(id: string, signedAt: Date): Promise<LookupOutcome> {
    const path = `/messages/${encodeURIComponent(id)}`;
    const reply = await this.http.call({ method: 'GET', path, body: '', id: `lookup-${id}`, signedAt });
    if (reply.kind !== 'answer') return reply;
    if (reply.status === 404) return { kind: 'absent' };
    const parsed = oneResult.safeParse(reply.body);
    return reply.status === 200 && parsed.success
      ? { kind: 'found', result: toResult(parsed.data) }
      : { kind: 'unknown' };
  }

  close(): Promise<void> {
    return this.http.close();
  }
}
